// Step 3: days and amounts of meetings, deadlines and calls.
import { element, h } from "../desk/html.js";

const number = (column, label) => ({ column, label, type: "number" });
const text = (column, label) => ({ column, label, type: "text" });

// Asks for the days of meetings and deadlines, and for days and amounts of the calls.
export const ask_days = (setup) => {
	ask_meetings(setup);
	ask_deadlines(setup);
	ask_calls(setup);
	setup.show_buttons([__("Back"), () => setup.go(1)], [__("Next"), () => setup.go(3), true]);
};

const ask_meetings = (setup) => {
	const columns = [number("month", __("Month")), number("day", __("Day")), text("begins_at", __("Begins At"))];
	add_table(setup, __("Meetings of the Year"), "meetings", columns, (row, n) => n);
};

const ask_deadlines = (setup) => {
	const after = [number("months", __("Months After")), number("days", __("Days After"))];
	const columns = [number("month", __("Month")), number("day", __("Day")), ...after];
	const has_column = (row, column) =>
		(row.kind === "After Event") === ["months", "days"].includes(column) && !(row.kind === "Month End" && column === "day");
	add_table(setup, __("Deadlines"), "deadlines", columns, (row) => row.code, has_column);
};

const ask_calls = (setup) => {
	const columns = [
		text("call_name", __("Call")),
		number("opens_month", __("Opens in Month")),
		number("opens_day", __("Opens on Day")),
		number("closes_month", __("Closes in Month")),
		number("closes_day", __("Closes on Day")),
		number("ceiling", __("Ceiling per Proposal")),
		text("rate", __("Rate")),
		number("frame", __("Total Budget")),
		number("years", __("Most Years")),
	];
	const { calls } = setup.questions;
	setup.add(`<h3>${h(__("Calls of the Year"))}</h3>`);
	if (!calls.length) add_none(setup);
	calls.forEach((row, index) => {
		const block = setup.add(`<fieldset class="setup__call"><legend>${h(row.call_type)}</legend></fieldset>`);
		for (const column of columns) {
			const label = element(`<label class="setup__${column.column}">${h(column.label)}</label>`);
			label.append(input_of(setup, "calls", String(index + 1), row, column));
			block.append(label);
		}
		block.append(rules_of_call(setup, row, String(index + 1)));
	});
};

// The rules of its own that a call may have, folded in as most have none.
const rules_of_call = (setup, row, key) => {
	const { call_rules } = setup.questions;
	const is_said = (field) =>
		![null, undefined, "", 0, "0"].includes((setup.answers.calls[key] || {})[field.fieldname] ?? row[field.fieldname]);
	const details = element(`<details class="setup__own" ${call_rules.some(is_said) ? "open" : ""}>
		<summary>${h(__("Rules of Its Own"))}</summary><p class="setup__basis">${h(__("Where the call is silent, the rules of the programme hold."))}</p>
		<div class="setup__rules"></div></details>`);
	for (const field of call_rules) {
		const label = element(`<label class="setup__${field.fieldname}">${h(field.label)}</label>`);
		const column = { column: field.fieldname, label: field.label, type: field.fieldtype === "Data" ? "text" : "number" };
		const choices = choices_of(field);
		label.append(choices ? choice_of(setup, key, row, field, choices) : input_of(setup, "calls", key, row, column));
		details.lastElementChild.append(label);
	}
	return details;
};

// [[value, word]] of a field that is chosen, undefined for one that is typed.
const choices_of = ({ fieldtype, options }) => {
	if (fieldtype === "Check")
		return [
			["0", __("No")],
			["1", __("Yes")],
		];
	return fieldtype === "Select" ? options.split("\n").map((value) => [value, value ? __(value) : __("as in the programme")]) : undefined;
};

const choice_of = ({ answers }, key, row, { fieldname }, choices) => {
	const given = String((answers.calls[key] || {})[fieldname] ?? row[fieldname] ?? choices[0][0]);
	const option = ([value, word]) => `<option value="${h(value)}" ${value === given ? "selected" : ""}>${h(word)}</option>`;
	const select = element(`<select class="form-control input-sm">${choices.map(option).join("")}</select>`);
	select.addEventListener("change", () => {
		answers.calls[key] = { ...answers.calls[key], [fieldname]: select.value };
	});
	return select;
};

// Adds a table with a line for each row. key(row, number): the key of its answers.
const add_table = (setup, title, part, columns, key, has_column = () => true) => {
	setup.add(`<h3>${h(title)}</h3>`);
	const rows = setup.questions[part];
	if (!rows.length) {
		add_none(setup);
		return;
	}
	const heads = columns.map((column) => `<th>${h(column.label)}</th>`).join("");
	const table = setup.add(`<div class="setup__table"><table><thead><tr><th></th>${heads}</tr></thead><tbody></tbody></table></div>`);
	const body = table.querySelector("tbody");
	rows.forEach((row, index) => {
		const basis = row.basis ? `<div class="setup__basis">${h(row.basis)}</div>` : "";
		const line = element(`<tr><th scope="row">${h(row.label)}${basis}</th></tr>`);
		for (const column of columns) {
			const cell = element("<td></td>");
			if (has_column(row, column.column)) cell.append(input_of(setup, part, String(key(row, index + 1)), row, column, row.label));
			line.append(cell);
		}
		body.append(line);
	});
};

const add_none = (setup) => setup.add(`<p class="setup__basis">${h(__("None."))}</p>`);

const input_of = ({ answers }, part, key, row, { column, label, type }, about = "") => {
	const named = about ? ` aria-label="${h(`${about} ${label}`)}"` : "";
	const kind = type === "number" ? 'type="text" inputmode="decimal"' : `type="${type}"`; // browsers empty １２万円 in type=number
	const input = element(`<input class="form-control input-sm" ${kind}${named}>`);
	input.value = (answers[part][key] || {})[column] ?? row[column] ?? "";
	input.addEventListener("change", () => {
		answers[part][key] = { ...answers[part][key], [column]: input.value };
	});
	return input;
};
