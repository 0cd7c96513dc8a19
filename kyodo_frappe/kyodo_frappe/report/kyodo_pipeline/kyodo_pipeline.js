frappe.query_reports["Kyodo Pipeline"] = kyodo.report(["programme", "fiscal_year", "years", "call", "section"], {
	Call: __("By call"),
	"Fiscal Year": __("By fiscal year"),
	Section: __("By section"),
	Programme: __("By programme"),
});
