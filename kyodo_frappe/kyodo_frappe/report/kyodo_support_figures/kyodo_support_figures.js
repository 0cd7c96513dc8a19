frappe.query_reports["Kyodo Support Figures"] = kyodo.report(["programme", "fiscal_year", "years"], {
	Topic: __("By topic"),
	Channel: __("By way of asking"),
	Month: __("By month"),
	"Fiscal Year": __("By fiscal year"),
});
