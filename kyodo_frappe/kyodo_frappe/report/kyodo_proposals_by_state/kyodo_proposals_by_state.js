frappe.query_reports["Kyodo Proposals by State"] = {
	formatter: kyodo.report_cell,
	filters: [
		{ fieldname: "programme", label: __("Programme"), fieldtype: "Link", options: "Kyodo Programme" },
		{ fieldname: "fiscal_year", label: __("Fiscal Year"), fieldtype: "Int" },
		{ fieldname: "section", label: __("Section"), fieldtype: "Link", options: "Kyodo Section" },
		{
			fieldname: "group_by",
			label: __("Per"),
			fieldtype: "Select",
			options: [
				{ value: "Section", label: __("Section") },
				{ value: "Fiscal Year", label: __("Fiscal Year") },
			],
			default: "Section",
		},
	],
};
