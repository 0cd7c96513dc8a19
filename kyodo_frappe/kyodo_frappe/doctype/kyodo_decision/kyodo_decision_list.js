frappe.listview_settings["Kyodo Decision"] = {
	hide_name_column: true,
	add_fields: ["result"],
	get_indicator(doc) {
		if (doc.docstatus === 0) return [__("Noted"), "orange", "docstatus,=,0"];
		const colour = { "Not Adopted": "red", "Passed to Step 2": "blue", Reserve: "blue" }[doc.result] || "green";
		return [kyodo.word("Kyodo Result", doc.result), colour, `result,=,${doc.result}`];
	},
};
