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
