frappe.query_reports["Kyodo Results by Year"] = kyodo.report(["programme", "fiscal_year", "five_years", "call", "section"], {
	"Fiscal Year": __("By fiscal year"),
	Section: __("By section"),
	Call: __("By call"),
	Programme: __("By programme"),
});
