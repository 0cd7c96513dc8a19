frappe.query_reports["Kyodo Evaluation Comparison"] = {
	formatter: kyodo.report_cell,
	filters: [{ fieldname: "project", label: __("Project"), fieldtype: "Link", options: "Kyodo Project", reqd: 1 }],
};
