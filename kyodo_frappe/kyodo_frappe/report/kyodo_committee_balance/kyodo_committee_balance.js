frappe.query_reports["Kyodo Committee Balance"] = kyodo.report(["programme", "fiscal_year", "years", "committee"], {
	Meeting: __("By meeting"),
	Committee: __("By committee"),
	Member: __("By member"),
});
