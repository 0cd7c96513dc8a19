frappe.query_reports["Kyodo Re-Proposals"] = kyodo.report(["programme", "fiscal_year", "five_years", "call", "section"]);
