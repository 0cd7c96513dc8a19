// Shows what the server has stored, texts of other writers included. `confirmed` is {input: text that the server has}, `sent`
// {input: text that was sent}.
import * as keeping from "./local_copies.js";
import { add_row, first_input } from "./rows.js";

// Applies a response of the server to the form: {stored, theirs, was, rows, others}.
export const take_stored = (form, confirmed, sent, response) => {
	for (const [name, text] of Object.entries(response.stored)) {
		const input = form.elements[name];
		const theirs = response.theirs.includes(name);
		if (input) take(confirmed, sent, input, { text, theirs, was: form.elements[`was-${name}`], digest: response.was[name] });
	}
	for (const [table, rows] of Object.entries(response.rows)) {
		rows.forEach((row) => take_row(form, confirmed, sent, table, row));
		const others = form.querySelector(`[data-others="${table}"]`);
		if (others) others.hidden = !response.others[table];
	}
};

// Applies one stored value. A text of another writer is shown unless the user has typed there since; that becomes a conflict.
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

const take_row = (form, confirmed, sent, table, stored) => {
	const row = form.querySelector(`[data-place="${table}-${stored.number}"]`);
	if (!row) return;
	const inputs = keeping.inputs(row);
	const untouched = inputs.every((input) => keeping.text(input) === sent.get(input));
	if (stored.gone) {
		if (untouched) remove(form, row);
		return;
	}
	if (stored.theirs && !untouched) return;
	keeping.mark(form, row, "name").value = stored.name;
	const removing = row.querySelector(".remove-row"); // there is none where the rows are given
	if (removing) removing.hidden = false;
	const was = keeping.mark(form, row, "was");
	for (const input of inputs) {
		const column = keeping.column_of(row, input);
		const value = { text: stored.texts[column], theirs: stored.theirs, was, digest: stored.was };
		if (column in stored.texts) take(confirmed, sent, input, value);
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
