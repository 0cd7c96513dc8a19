// All days of the office in one calendar (public/js/desk/calendar.js).
frappe.pages["kyodo-calendar"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Calendar of Kyodo"), single_column: true });
	page.add_inner_button(__("Subscribe to this calendar"), kyodo.offer_subscription);
	wrapper.ready = kyodo.show_calendar(page, page.main);
};

frappe.pages["kyodo-calendar"].on_page_show = (wrapper) => {
	wrapper.ready.then((calendar) => calendar.$cal && calendar.refresh());
};
