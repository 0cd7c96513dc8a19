// The page itself is in public/js/handover.
frappe.pages["kyodo-hand-over"].on_page_load = async (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Hand Over"), single_column: true });
	await frappe.require("kyodo_handover.bundle.js");
	wrapper.handover = new kyodo.Handover(page);
	wrapper.handover.open(frappe.get_route()[1]);
};

frappe.pages["kyodo-hand-over"].on_page_show = (wrapper) => {
	if (wrapper.handover) wrapper.handover.open(frappe.get_route()[1]);
};
