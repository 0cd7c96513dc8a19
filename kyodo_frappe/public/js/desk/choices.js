// Gives the choices of a table's column other words than they have elsewhere: `words` is {value: label}.
export const name_choices = (frm, table, column, words) => {
	const { grid } = frm.fields_dict[table];
	const options = Object.entries(words).map(([value, label]) => (value ? { value, label } : ""));
	grid.update_docfield_property(column, "options", options);
	grid.update_docfield_property(column, "formatter", (value) => frappe.utils.escape_html(words[value] || value || ""));
	frm.refresh_field(table); // rows drawn before show the ids
};

// In a table of questions “for” and “against” are no votes: they say what a yes speaks for.
export const name_directions = (frm, table) =>
	name_choices(frm, table, "direction", { For: __("A reason for kyodo"), Against: __("A reason against kyodo") });
