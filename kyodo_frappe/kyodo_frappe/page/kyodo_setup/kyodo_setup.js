// The page itself is in public/js/setup.
frappe.pages["kyodo-setup"].on_page_load = async (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Set Up a Programme"), single_column: true });
	await frappe.require("kyodo_setup.bundle.js");
	new kyodo.SetUp(page).go(0);
};
