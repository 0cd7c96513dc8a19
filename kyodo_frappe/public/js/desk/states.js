// The states of a DocType that mean one of `categories`, as the Workflow of the site says (workflows/states.py).
export const states = (doctype, ...categories) =>
	Object.entries((frappe.boot.kyodo_states || {})[doctype] || {})
		.filter(([, category]) => categories.includes(category))
		.map(([state]) => state);

// Whether a record's state means one of `categories`; a record that is not saved yet is being written.
export const is_in = (doc, ...categories) =>
	doc.workflow_state ? states(doc.doctype, ...categories).includes(doc.workflow_state) : categories.includes("Writing");

// Whether this login writes for a side: in the desk works the city; what the organisation wrote down is the organisation's to
// change, and the office is no side.
export const writes_for = (side) => side === "City" && frappe.user.has_role("Kyodo Section Officer");
