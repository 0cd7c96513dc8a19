frappe.query_reports["Kyodo Support Figures"] = {
	formatter: kyodo.report_cell,
	filters: [
		{ fieldname: "fiscal_year", label: __("Fiscal Year"), fieldtype: "Int" },
		{
			fieldname: "group_by",
			label: __("Per"),
			fieldtype: "Select",
			options: [
				{ value: "Topic", label: __("By topic") },
				{ value: "Channel", label: __("By way of asking") },
				{ value: "Month", label: __("By month") },
				{ value: "Fiscal Year", label: __("By fiscal year") },
			],
			default: "Topic",
		},
	],
};
