// Sets the labels of the options of a table column. `words`: {value: label}.
export const name_choices = (frm, table, column, words) => {
	const { grid } = frm.fields_dict[table];
	const options = Object.entries(words).map(([value, label]) => (value ? { value, label } : ""));
	grid.update_docfield_property(column, "options", options);
	grid.update_docfield_property(column, "formatter", (value) => frappe.utils.escape_html(words[value] || value || ""));
	frm.refresh_field(table); // rows rendered before show the ids
};

// “Open” is a type of call, for any theme; elsewhere in the desk the word says that one can answer now.
export const call_type_word = (value) => (value === "Open" ? __("Any theme") : __(value || ""));

// The options of the type of a call, from those of its field.
export const call_types = (options) =>
	Array.isArray(options) ? options : options.split("\n").map((value) => ({ value, label: call_type_word(value) }));

// Labels “For” and “Against” in tables of questions, where they are not votes but the meaning of a yes.
export const name_directions = (frm, table) =>
	name_choices(frm, table, "direction", { For: __("A reason for kyodo"), Against: __("A reason against kyodo") });
