// Keeps typed text on this device until the server has it, by user and form; logging out removes it.
import { add_row } from "./rows.js";

// The user of this page.
export const user = document.body.dataset.user || "";

let logged_out = false;

const place = (form) => `kyodo:${user}:${form.dataset.kept}`;

// The value of an input as text.
export const text = (input) => (input.type === "checkbox" ? (input.checked ? "1" : "") : input.value);

// Shows a text in an input.
export const put = (input, value) => {
	if (input.type === "checkbox") input.checked = Boolean(value);
	else input.value = value;
};

// The inputs that people fill in.
export const inputs = (within) =>
	[...within.querySelectorAll("input[name], textarea[name], select[name]")].filter(
		(input) => input.type !== "hidden" && input.type !== "radio"
	);

// A hidden input of a row: its name, key, or the digest of what it showed (was).
export const mark = (form, row, name) => form.elements[`${row.dataset.place}-${name}`];

// The column of an input in its row.
export const column_of = (row, input) => input.name.slice(row.dataset.place.length + 1);

// {fields: {name: {value, was}}, rows: [{table, name, key, was, values: {column: value}}]} of the inputs for which `is_dirty` is true.
const gather = (form, is_dirty) => {
	const found = { fields: {}, rows: [] };
	for (const input of inputs(form)) {
		if (!input.closest("[data-row]") && is_dirty(input)) {
			found.fields[input.name] = { value: text(input), was: form.elements[`was-${input.name}`].value };
		}
	}
	for (const row of form.querySelectorAll("[data-row]")) {
		const own = inputs(row);
		if (!own.some(is_dirty)) continue;
		found.rows.push({
			table: row.dataset.row,
			name: mark(form, row, "name").value,
			key: mark(form, row, "key").value,
			was: mark(form, row, "was").value,
			values: Object.fromEntries(own.map((input) => [column_of(row, input), text(input)])),
		});
	}
	return found;
};

const is_empty = (kept) => !Object.keys(kept.fields).length && !kept.rows.length;

// Stores the dirty inputs, and `waiting`: what was stored before and is not restored yet. Returns whether that worked.
export const keep = (form, is_dirty, waiting) => {
	if (logged_out) return true;
	const kept = gather(form, is_dirty);
	if (waiting) {
		kept.fields = { ...waiting.fields, ...kept.fields };
		kept.rows = [...kept.rows, ...waiting.rows];
	}
	try {
		if (is_empty(kept)) localStorage.removeItem(place(form));
		else localStorage.setItem(place(form), JSON.stringify(kept));
		return true;
	} catch (full) {
		return false; // full, or not allowed
	}
};

// What is stored for a form and differs from what it shows; null for nothing.
export const kept = (form) => {
	const found = read(form);
	if (!found) return null;
	for (const [name, { value }] of Object.entries(found.fields)) {
		const input = form.elements[name];
		if (!input || text(input) === value) delete found.fields[name];
	}
	found.rows = found.rows.filter((row) => {
		const shown = row_of(form, row);
		return !shown || Object.entries(row.values).some(([column, value]) => differs(form, shown, column, value));
	});
	return is_empty(found) ? null : found;
};

const read = (form) => {
	try {
		return JSON.parse(localStorage.getItem(place(form)));
	} catch (unreadable) {
		return null;
	}
};

const differs = (form, row, column, value) => {
	const input = mark(form, row, column);
	return input && text(input) !== value;
};

const row_of = (form, row) =>
	[...form.querySelectorAll(`[data-row="${row.table}"]`)].find((shown) => {
		const name = mark(form, shown, "name").value;
		return row.name ? name === row.name : mark(form, shown, "key").value === row.key;
	});

// Restores stored text with the digests of when it was typed, so that the server can merge it.
export const restore = (form, found) => {
	for (const [name, { value, was }] of Object.entries(found.fields)) {
		put(form.elements[name], value);
		form.elements[`was-${name}`].value = was;
	}
	for (const row of found.rows.filter(({ table }) => form.elements[`rows-${table}`])) {
		const shown = row_of(form, row) || add_row(form, row.table);
		for (const name of ["name", "key", "was"]) mark(form, shown, name).value = row[name];
		for (const [column, value] of Object.entries(row.values)) {
			const input = mark(form, shown, column);
			if (input) put(input, value);
		}
	}
};

// [[heading, text]] of what is stored, for people.
export const list = (form, found) => [
	...Object.entries(found.fields).map(([name, { value }]) => [heading(form.elements[name]), value]),
	...found.rows.map((row) => {
		const legend = document.querySelector(`#${row.table} > legend`);
		return [legend ? legend.firstChild.textContent.trim() : "", Object.values(row.values).filter(Boolean).join(" / ")];
	}),
];

const heading = (input) => {
	const label = input.labels && input.labels[0];
	return label ? label.firstChild.textContent.trim() || label.textContent.trim() : "";
};

// Removes what is stored for the user on logging out.
export const forget_with_log_out = () => {
	document.querySelectorAll("form[data-log-out]").forEach((form) => {
		form.addEventListener("submit", () => {
			logged_out = true;
			try {
				const own = Object.keys(localStorage).filter((key) => key.startsWith(`kyodo:${user}:`));
				own.forEach((key) => localStorage.removeItem(key));
			} catch (not_allowed) {
				// nothing was stored either
			}
		});
	});
};
