frappe.query_reports["Kyodo Evaluation Gaps"] = kyodo.report(["programme", "fiscal_year", "years", "section", "project"], {
	Item: __("By item"),
	Project: __("By project"),
	Section: __("By section"),
	"Fiscal Year": __("By fiscal year"),
});
