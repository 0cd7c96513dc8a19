frappe.query_reports["Kyodo Section Load"] = kyodo.report(["programme", "fiscal_year", "years", "section"]);
