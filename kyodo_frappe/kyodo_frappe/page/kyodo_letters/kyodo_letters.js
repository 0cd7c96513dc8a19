// The page itself is in public/js/letters.
frappe.pages["kyodo-letters"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Letters and Approval"), single_column: true });
	wrapper.classList.add("kyodo-letters-page");
	wrapper.ready = frappe.require("kyodo_letters.bundle.js").then(() => (wrapper.letters = new kyodo.LettersPage(page)));
	// Frappe calls no function of a page that is left
	jQuery(wrapper).on("hide", ({ target }) => target === wrapper && wrapper.letters && wrapper.letters.hide());
};

frappe.pages["kyodo-letters"].on_page_show = (wrapper) => {
	const letter = frappe.get_route()[1] || "";
	wrapper.ready.then((letters) => letters.show(letter));
};
