frappe.listview_settings["Kyodo Call Enquiry"] = {
	hide_name_column: true,
	add_fields: ["state"],
	get_indicator(doc) {
		const colours = { "To Be Answered": "orange", Answered: "blue", "On the Page": "green", "Needs No Answer": "grey" };
		return [__(doc.state), colours[doc.state] || "grey", `state,=,${doc.state}`];
	},
};
