frappe.query_reports["Kyodo Settlement"] = kyodo.report(["programme", "fiscal_year", "years", "section"]);
