// What the server has stored comes into the form, others' texts too. `confirmed` is {input: the text that the server is known to
// have}, `sent` the same of what was sent.
import * as keeping from "./keeping.js";
import { add_row, first_input } from "./rows.js";

// Takes an answer of the server into the form: {stored, theirs, was, rows, others}.
export const take_stored = (form, confirmed, sent, told) => {
	for (const [name, text] of Object.entries(told.stored)) {
		const input = form.elements[name];
		const theirs = told.theirs.includes(name);
		if (input) take(confirmed, sent, input, { text, theirs, was: form.elements[`was-${name}`], digest: told.was[name] });
	}
	for (const [table, rows] of Object.entries(told.rows)) {
		rows.forEach((row) => take_row(form, confirmed, sent, table, row));
		const others = form.querySelector(`[data-others="${table}"]`);
		if (others) others.hidden = !told.others[table];
	}
};

// One stored value. What somebody else wrote comes in unless one has typed there since; then it will be asked.
const take = (confirmed, sent, input, { text, theirs, was, digest }) => {
	const untouched = keeping.text(input) === sent.get(input);
	if (theirs && !untouched) return;
	was.value = digest;
	confirmed.set(input, sent.get(input));
	if (untouched && text !== keeping.text(input) && (theirs || document.activeElement !== input)) {
		keeping.put(input, text);
		confirmed.set(input, keeping.text(input));
	}
};

const take_row = (form, confirmed, sent, table, told) => {
	const row = form.querySelector(`[data-place="${table}-${told.number}"]`);
	if (!row) return;
	const inputs = keeping.inputs(row);
	const untouched = inputs.every((input) => keeping.text(input) === sent.get(input));
	if (told.gone) {
		if (untouched) remove(form, row);
		return;
	}
	if (told.theirs && !untouched) return;
	keeping.mark(form, row, "name").value = told.name;
	row.querySelector(".remove-row").hidden = false;
	const was = keeping.mark(form, row, "was");
	for (const input of inputs) {
		const column = keeping.column_of(row, input);
		const stored = { text: told.texts[column], theirs: told.theirs, was, digest: told.was };
		if (column in told.texts) take(confirmed, sent, input, stored);
		else confirmed.set(input, sent.get(input));
	}
};

const remove = (form, row) => {
	const next = row.nextElementSibling || row.previousElementSibling;
	const focused = row.contains(document.activeElement);
	if (form.querySelectorAll(`[data-row="${row.dataset.row}"]`).length === 1) add_row(form, row.dataset.row);
	row.remove();
	if (focused && next) (first_input(next) || next).focus();
};
