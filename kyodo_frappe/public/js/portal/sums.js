import { read_number } from "../common/typed.js";

// Updates the sums below tables while amounts are typed.
export const start_sums = () => {
	const sums = document.querySelectorAll("output[data-sum]");
	if (sums.length) document.addEventListener("input", () => sums.forEach(show_sum));
};

const show_sum = (output) => {
	const rows = [...document.querySelectorAll(`[data-row="${output.dataset.sum}"]`)].filter(counts);
	const total = rows.reduce((sum, row) => sum + amount_of(row, output.dataset), 0);
	output.textContent = document.documentElement.lang === "ja" ? `${total.toLocaleString("ja-JP")}円` : `¥${total.toLocaleString("en")}`;
};

// Whether a row counts for a sum: it is not removed.
const counts = (row) => {
	const gone = row.querySelector('[name$="-gone"]');
	return !(gone && gone.checked);
};

const amount_of = (row, { of, times }) => Math.round(number_in(row, of) * (times ? number_in(row, times) || 1 : 1));

const number_in = (row, column) => {
	const input = row.querySelector(`[name$="-${column}"]`);
	return read_number(input.value).value || 0;
};
