frappe.listview_settings["Kyodo Support Case"] = {
	add_fields: ["state", "next_on"],
	get_indicator(doc) {
		const due = doc.next_on && doc.state !== "Closed" && doc.next_on <= frappe.datetime.get_today();
		const [words, colour, filter] = kyodo.state_indicator(doc, "Kyodo Support Case");
		return due ? [__("To Follow Up"), "orange", filter] : [words, colour, filter];
	},
};
