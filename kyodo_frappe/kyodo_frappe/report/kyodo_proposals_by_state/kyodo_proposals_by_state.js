frappe.query_reports["Kyodo Proposals by State"] = kyodo.report(["programme", "fiscal_year", "years", "call", "section"], {
	Section: __("By section"),
	"Fiscal Year": __("By fiscal year"),
});
