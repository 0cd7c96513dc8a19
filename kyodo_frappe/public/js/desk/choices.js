// Sets the labels of the options of a table column. `words`: {value: label}.
export const name_choices = (frm, table, column, words) => {
	const { grid } = frm.fields_dict[table];
	const options = Object.entries(words).map(([value, label]) => (value ? { value, label } : ""));
	grid.update_docfield_property(column, "options", options);
	grid.update_docfield_property(column, "formatter", (value) => frappe.utils.escape_html(words[value] || value || ""));
	frm.refresh_field(table); // rows rendered before show the ids
};

// Labels “For” and “Against” in tables of questions, where they are not votes but the meaning of a yes.
export const name_directions = (frm, table) =>
	name_choices(frm, table, "direction", { For: __("A reason for kyodo"), Against: __("A reason against kyodo") });
