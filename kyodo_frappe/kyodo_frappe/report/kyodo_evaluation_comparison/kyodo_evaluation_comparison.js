frappe.query_reports["Kyodo Evaluation Comparison"] = {
	filters: [
		{ fieldname: "project", label: __("Project"), fieldtype: "Link", options: "Kyodo Project", reqd: 1 },
	],
};
