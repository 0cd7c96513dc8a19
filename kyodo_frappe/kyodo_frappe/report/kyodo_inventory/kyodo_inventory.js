frappe.query_reports["Kyodo Inventory"] = {
	formatter: kyodo.report_cell,
	filters: [
		{ fieldname: "fiscal_year", label: __("Fiscal Year"), fieldtype: "Int", default: kyodo.this_year() },
		{
			fieldname: "group_by",
			label: __("Per"),
			fieldtype: "Select",
			options: [
				{ value: "Project", label: __("By project") },
				{ value: "Section", label: __("By section") },
				{ value: "Plan", label: __("By plan of the city") },
				{ value: "Form", label: __("By form") },
				{ value: "Origin", label: __("By origin") },
				{ value: "Organisation", label: __("By organisation") },
			],
			default: "Project",
		},
		{ fieldname: "programme", label: __("Programme"), fieldtype: "Link", options: "Kyodo Programme" },
		{ fieldname: "section", label: __("Section"), fieldtype: "Link", options: "Kyodo Section" },
	],
};
