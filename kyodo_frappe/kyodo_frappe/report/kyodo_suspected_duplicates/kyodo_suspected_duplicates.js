frappe.query_reports["Kyodo Suspected Duplicates"] = { formatter: kyodo.report_cell, filters: [] };
