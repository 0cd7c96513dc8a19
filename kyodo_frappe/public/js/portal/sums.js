import { read_number } from "../common/typed.js";

// Updates the sums below tables, the amount of each row, and the line of the budget while amounts are typed.
export const start_sums = () => {
	const sums = [...document.querySelectorAll("output[data-sum]")];
	if (!sums.length) return;
	const show = () => {
		sums.forEach((output) => put(output, sum_of(output)));
		document.querySelectorAll("output[data-line]").forEach(show_line);
		document.querySelectorAll("[data-balance]").forEach((line) => show_balance(line, sums));
	};
	for (const event of ["input", "rows"]) document.addEventListener(event, show);
};

const put = (output, amount) => {
	const is_japanese = document.documentElement.lang === "ja";
	output.textContent = is_japanese ? `${amount.toLocaleString("ja-JP")}円` : `¥${amount.toLocaleString("en")}`;
};

const sum_of = ({ dataset }) => {
	const rows = [...document.querySelectorAll(`[data-row="${dataset.sum}"]`)].filter(counts);
	return rows.reduce((sum, row) => sum + amount_of(row, dataset), 0);
};

const show_line = (output) => {
	const { line: of, times } = output.dataset;
	put(output, amount_of(output.closest("[data-row]"), { of, times }));
};

// Income, expenses and the difference, which stay in sight.
const show_balance = (line, sums) => {
	const total = (table) => sums.filter((output) => output.dataset.sum === table).reduce((sum, output) => sum + sum_of(output), 0);
	const part = (name) => line.querySelector(`[data-part="${name}"]`);
	const [income, expenses] = [total("income"), total("expenses")];
	put(part("income"), income);
	put(part("expenses"), expenses);
	put(part("difference"), income - expenses);
	part("difference").classList.toggle("differs", income !== expenses);
};

// Whether a row counts for a sum: it is not removed.
const counts = (row) => {
	const gone = row.querySelector('[name$="-gone"]');
	return !(gone && gone.checked);
};

const amount_of = (row, { of, times }) => Math.round(number_in(row, of) * (times ? number_in(row, times) || 1 : 1));

const number_in = (row, column) => {
	const input = row.querySelector(`[name$="-${column}"]`);
	return input ? read_number(input.value).value || 0 : 0;
};
