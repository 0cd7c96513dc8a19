frappe.query_reports["Kyodo Inventory"] = kyodo.report(["fiscal_year", "programme", "section"], {
	Project: __("By project"),
	Section: __("By section"),
	Plan: __("By plan of the city"),
	Form: __("By form"),
	Principle: __("By principle"),
	Origin: __("By origin"),
	Organisation: __("By organisation"),
});
