frappe.query_reports["Kyodo Deadlines Kept"] = kyodo.report(["programme", "fiscal_year", "years", "section"], {
	Rule: __("By deadline"),
	Section: __("By section"),
	"Fiscal Year": __("By fiscal year"),
});
