// The tables of the set-up: rows are changed, left out and added. What the page sends is described in programme/setup_tables.py.
import { element, h } from "../desk/html.js";

const NUMBERS = ["Int", "Float", "Percent", "Currency"];
const TEXTS = ["Small Text", "Text"];
const LEFT_OUT = "left_out";
const WRITTEN_OUT = ["question", "document"]; // too long for one line
const USUAL = ["rounding", "places"]; // folded in, but no rules that a call has of its own

// Shows a table of the set-up. as_blocks: each row is a box of its own, with its further columns folded in.
export const ask_table = (setup, part, as_blocks = false) => {
	const table = setup.questions.tables[part];
	setup.add(`<h3>${h(table.title)}</h3>`);
	if (table.note) setup.add(`<p class="setup__basis">${h(table.note)}</p>`);
	for (const section of table.sections) {
		if (section.title) setup.add(`<h4>${h(section.title)}</h4>`);
		const list = { setup, part, table, section, as_blocks, body: body_of(setup, table, as_blocks) };
		const offered = section.offered.map((row) => ({ ...row, is_offered: true }));
		for (const row of [...section.rows, ...offered, ...added_rows(list)]) show_row(list, row);
		if (section.blank) offer_new(list);
	}
};

const body_of = (setup, table, as_blocks) => {
	if (as_blocks) return setup.add('<div class="setup__rows"></div>');
	const heads = shown_columns(table).map((column) => `<th>${h(column.label)}</th>`);
	const part = setup.add(`<div class="setup__table"><table><thead><tr>${table_head(table)}${heads.join("")}<th></th></tr></thead>
		<tbody></tbody></table></div>`);
	return part.querySelector("tbody");
};

const has_labels = (table) => table.sections.some(({ rows }) => rows.some((row) => row.label));
const table_head = (table) => (has_labels(table) ? "<th></th>" : "");
const shown_columns = ({ columns, more }) => [...columns, ...more];

// Rows that were added before, when the step is shown again.
const added_rows = ({ setup, part, section }) =>
	Object.keys(setup.answers[part])
		.filter((key) => key.startsWith(`${section.prefix}new`))
		.map((key) => blank_row(section, key));

const blank_row = ({ blank }, key) => ({ key, label: "", basis: "", asked: null, values: blank, is_new: true });

const offer_new = (list) => {
	const { setup, part, section, table } = list;
	const button = element(`<button type="button" class="btn btn-default btn-sm setup__add">${h(__("Add: {0}", [table.title]))}</button>`);
	button.addEventListener("click", () => {
		setup.last = (setup.last || 0) + 1;
		const key = `${section.prefix}new${setup.last}`;
		setup.answers[part][key] = { ...section.blank };
		show_row(list, blank_row(section, key));
		list.body.lastElementChild.querySelector("input, select, textarea").focus();
	});
	setup.area.append(button);
};

const show_row = (list, row) => {
	const shown = list.as_blocks ? block_of(list, row) : line_of(list, row);
	list.body.append(shown);
	mark_left_out(list, row, shown);
};

const line_of = (list, row) => {
	const { table } = list;
	const basis = row.basis ? `<div class="setup__basis">${h(row.basis)}</div>` : "";
	const line = element(`<tr>${has_labels(table) ? `<th scope="row">${h(row.label)}${basis}</th>` : ""}</tr>`);
	for (const column of shown_columns(table)) {
		const cell = element(`<td class="setup__${column.fieldname}"></td>`);
		if (!row.asked || row.asked.includes(column.fieldname)) cell.append(input_of(list, row, column));
		line.append(cell);
	}
	const last = element("<td></td>");
	last.append(leave_out_button(list, row, line));
	line.append(last);
	return line;
};

const block_of = (list, row) => {
	const { table } = list;
	const block = element('<fieldset class="setup__call"><legend></legend></fieldset>');
	for (const column of table.columns) block.append(labelled(list, row, column));
	if (row.basis) block.append(element(`<p class="setup__basis">${h(__("Source of the Rule"))}：${h(row.basis)}</p>`));
	block.append(further(list, row), leave_out_button(list, row, block));
	const name = block.querySelector(".setup__call_name input");
	const title = () => (block.querySelector("legend").textContent = name.value || __("New"));
	name.addEventListener("input", title);
	title();
	return block;
};

// The rules of its own that a call may have, folded in as most have none.
const further = (list, row) => {
	const is_said = ({ fieldname }) =>
		!USUAL.includes(fieldname) && ![null, undefined, "", 0, "0"].includes(value_of(list, row, fieldname));
	const details = element(`<details class="setup__own" ${list.table.more.some(is_said) ? "open" : ""}>
		<summary>${h(__("Rules of Its Own"))}</summary><div class="setup__rules"></div></details>`);
	details.lastElementChild.append(...list.table.more.map((column) => labelled(list, row, column)));
	return details;
};

const labelled = (list, row, column) => {
	const label = element(`<label class="setup__${column.fieldname}">${h(column.label)}</label>`);
	label.append(input_of(list, row, column));
	const is_folded = list.table.more.includes(column);
	if (column.description && !is_folded) label.append(element(`<small class="setup__basis">${h(column.description)}</small>`));
	return label;
};

const value_of = ({ setup, part }, row, fieldname) => (setup.answers[part][row.key] || {})[fieldname] ?? row.values[fieldname];

const set_value = ({ setup, part }, row, fieldname, value) => {
	setup.answers[part][row.key] = { ...setup.answers[part][row.key], [fieldname]: value };
};

const input_of = (list, row, column) => {
	const choices = choices_of(list.part, column);
	const input = choices
		? select_of(choices, value_of(list, row, column.fieldname))
		: typed_input(column, value_of(list, row, column.fieldname));
	input.setAttribute("aria-label", [row.label || row.values.call_name, column.label].filter(Boolean).join(" "));
	input.title = column.description || "";
	input.dataset.place = [list.part, row.key, column.fieldname].join("/");
	input.addEventListener("change", () => set_value(list, row, column.fieldname, input.value));
	return input;
};

const typed_input = ({ fieldname, fieldtype }, value) => {
	// browsers empty １２万円 in type=number
	const kind = NUMBERS.includes(fieldtype) ? 'type="text" inputmode="decimal"' : 'type="text"';
	const input = element(
		TEXTS.includes(fieldtype) || WRITTEN_OUT.includes(fieldname)
			? '<textarea class="form-control input-sm" rows="3"></textarea>'
			: `<input class="form-control input-sm" ${kind}>`
	);
	// what is no number stays as it was typed
	const is_number = NUMBERS.includes(fieldtype) && /^[0-9]+(\.[0-9]+)?$/.test(value ?? "");
	input.value = is_number ? Number(value).toLocaleString("en-US") : (value ?? "");
	return input;
};

const select_of = (choices, value) => {
	const given = String(value ?? choices[0][0]);
	const option = ([id, word]) => `<option value="${h(id)}" ${String(id) === given ? "selected" : ""}>${h(word)}</option>`;
	return element(`<select class="form-control input-sm">${choices.map(option).join("")}</select>`);
};

// [[value, word]] of a column that is chosen, undefined for one that is typed.
const choices_of = (part, { fieldtype, choices }) => {
	if (fieldtype === "Check")
		return [
			["0", __("No")],
			["1", __("Yes")],
		];
	return choices && choices.map(([id, word]) => [id, word || id || (part === "calls" ? __("as in the programme") : "―")]);
};

const leave_out_button = (list, row, shown) => {
	const button = element('<button type="button" class="btn btn-default btn-xs setup__leave_out"></button>');
	button.addEventListener("click", () => {
		if (row.is_new) {
			delete list.setup.answers[list.part][row.key];
			shown.remove();
			return;
		}
		set_value(list, row, LEFT_OUT, is_left_out(list, row) ? 0 : 1);
		mark_left_out(list, row, shown);
	});
	return button;
};

const is_left_out = ({ setup, part }, row) => Boolean((setup.answers[part][row.key] || { [LEFT_OUT]: row.is_offered })[LEFT_OUT]);

const mark_left_out = (list, row, shown) => {
	const out = is_left_out(list, row);
	shown.classList.toggle("setup__out", out);
	shown.querySelectorAll("input, select, textarea").forEach((input) => (input.disabled = out));
	shown.querySelector(".setup__leave_out").textContent = out ? __("Take Back In") : __("Leave Out");
};
