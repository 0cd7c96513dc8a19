frappe.query_reports["Kyodo Survey Totals"] = {
	formatter: kyodo.report_cell,
	filters: [{ fieldname: "survey", label: __("Survey"), fieldtype: "Link", options: "Kyodo Survey" }],
};
