// The page itself is in public/js/today.
frappe.pages["kyodo-today"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Today's Work"), single_column: true });
	wrapper.classList.add("kyodo-today-page");
	wrapper.ready = frappe.require("kyodo_today.bundle.js").then(() => (wrapper.today = new kyodo.TodayPage(page)));
};

frappe.pages["kyodo-today"].on_page_show = (wrapper) => wrapper.ready.then((today) => today.show());
