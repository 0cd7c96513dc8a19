// The page itself is in public/js/session.
frappe.pages["kyodo-session"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Meeting Session"), single_column: true });
	wrapper.classList.add("kyodo-session-page");
	wrapper.ready = frappe.require("kyodo_session.bundle.js").then(() => (wrapper.session = new kyodo.SessionPage(page)));
	// Frappe calls no function of a page that is left
	jQuery(wrapper).on("hide", ({ target }) => target === wrapper && wrapper.session && wrapper.session.hide());
};

frappe.pages["kyodo-session"].on_page_show = (wrapper) => {
	const meeting = frappe.get_route()[1] || "";
	wrapper.ready.then((session) => session.show(meeting));
};
