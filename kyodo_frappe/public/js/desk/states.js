// Returns the states of a DocType with one of the categories, as declared in its Workflow (workflows/states.py).
export const states = (doctype, ...categories) =>
	Object.entries((frappe.boot.kyodo_states || {})[doctype] || {})
		.filter(([, category]) => categories.includes(category))
		.map(([state]) => state);

// Whether a record's state has one of the categories. Unsaved records are in Writing.
export const is_in = (doc, ...categories) =>
	doc.workflow_state ? states(doc.doctype, ...categories).includes(doc.workflow_state) : categories.includes("Writing");

// Whether the user writes for a side. Desk users write for the city if they belong to a section; the office is neither side,
// and only the organisation changes its own texts.
export const writes_for = (side) => side === "City" && frappe.user.has_role("Kyodo Section Officer");

// What shows the state of a record: [words, colour, filter of a list]; null for records without states or with an unknown one.
export const state_indicator = (doc, doctype = doc.doctype) => {
	const known = (frappe.boot.kyodo_colours || {})[doctype];
	const state = known && doc[known.field];
	return state ? [__(state), known.colours[state] || "gray", `${known.field},=,${state}`] : null;
};

// Shows states in the colours of the public pages, in lists, forms and boards. What a list says itself goes first.
export const colour_states = () => {
	const { get_indicator, has_indicator } = frappe;
	frappe.get_indicator = (doc, doctype, ...more) => {
		const kind = doctype || doc.doctype;
		const own = (frappe.listview_settings[kind] || {}).get_indicator;
		if (doc.__unsaved || own) return get_indicator(doc, doctype, ...more);
		return state_indicator(doc, kind) || get_indicator(doc, doctype, ...more);
	};
	frappe.has_indicator = (doctype) => Boolean((frappe.boot.kyodo_colours || {})[doctype]) || has_indicator(doctype);
};
