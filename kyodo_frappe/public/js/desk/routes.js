// Where a record is opened in the desk: proposals and reports where they are read, letters beside their sheet, others in their form.
const PAGES = {
	"Kyodo Letter": (doctype, name) => ["kyodo-letters", name],
	"Kyodo Proposal": (doctype, name) => ["kyodo-reading", doctype, name],
	"Kyodo Report": (doctype, name) => ["kyodo-reading", doctype, name],
};

const may_open = (page) => Boolean((frappe.boot.page_info || {})[page]);

// Returns the route of a record.
export const place_of = (doctype, name) => {
	const route = PAGES[doctype] ? PAGES[doctype](doctype, name) : [];
	return may_open(route[0]) ? route : ["Form", doctype, name];
};

// Returns the address of a route, for links that can be opened in another tab.
export const address_of = (route) => frappe.router.make_url(frappe.router.convert_from_standard_route([...route]));
