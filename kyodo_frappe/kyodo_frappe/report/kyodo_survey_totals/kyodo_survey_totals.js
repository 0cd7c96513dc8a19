frappe.query_reports["Kyodo Survey Totals"] = {
	filters: [{ fieldname: "survey", label: __("Survey"), fieldtype: "Link", options: "Kyodo Survey" }],
};
