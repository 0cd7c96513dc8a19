frappe.query_reports["Kyodo Equality"] = {
	formatter: kyodo.report_cell,
	filters: [
		{
			fieldname: "group_by",
			label: __("Per"),
			fieldtype: "Select",
			options: [
				{ value: "Project", label: __("By project") },
				{ value: "Section", label: __("By section") },
				{ value: "Fiscal Year", label: __("By fiscal year") },
			],
			default: "Project",
		},
		{ fieldname: "fiscal_year", label: __("Fiscal Year"), fieldtype: "Int" },
		{ fieldname: "section", label: __("Section"), fieldtype: "Link", options: "Kyodo Section" },
		{ fieldname: "project", label: __("Project"), fieldtype: "Link", options: "Kyodo Project" },
	],
};
