// The page itself is in public/js/reading.
frappe.pages["kyodo-reading"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Read and Check"), single_column: true });
	wrapper.classList.add("kyodo-reading-page");
	wrapper.ready = frappe.require("kyodo_reading.bundle.js").then(() => (wrapper.reading = new kyodo.ReadingPage(page)));
	// Frappe calls no function of a page that is left
	jQuery(wrapper).on("hide", ({ target }) => target === wrapper && wrapper.reading && wrapper.reading.hide());
};

frappe.pages["kyodo-reading"].on_page_show = (wrapper) => {
	const [, doctype, ...name] = frappe.get_route();
	wrapper.ready.then((reading) => reading.show(doctype || "Kyodo Proposal", name.join("/")));
};
