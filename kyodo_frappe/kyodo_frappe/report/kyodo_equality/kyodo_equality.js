frappe.query_reports["Kyodo Equality"] = kyodo.report(["programme", "fiscal_year", "years", "section", "project"], {
	Project: __("By project"),
	Section: __("By section"),
	"Fiscal Year": __("By fiscal year"),
});
