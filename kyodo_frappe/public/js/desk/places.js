// Where a record is opened in the desk: proposals and reports where they are read, others in their form.
const READ = ["Kyodo Proposal", "Kyodo Report"];
const READING = "kyodo-reading";

const has_page = (name) => Boolean((frappe.boot.page_info || {})[name]);

// Returns the route of a record.
export const place_of = (doctype, name) =>
	READ.includes(doctype) && has_page(READING) ? [READING, doctype, name] : ["Form", doctype, name];

// Returns the address of a route, for links that can be opened in another tab.
export const address_of = (route) => frappe.router.make_url(frappe.router.convert_from_standard_route([...route]));
