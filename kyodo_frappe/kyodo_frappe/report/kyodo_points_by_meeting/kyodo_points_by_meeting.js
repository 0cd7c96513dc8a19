frappe.query_reports["Kyodo Points by Meeting"] = kyodo.report(["programme", "fiscal_year", "years", "committee", "meeting"], {
	Criterion: __("By criterion"),
	Member: __("By member"),
});
