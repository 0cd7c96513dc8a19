frappe.listview_settings["Kyodo Survey"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colours = {
			Draft: "gray",
			Open: "orange",
			Closed: "green",
		};
		return [__(doc.state), colours[doc.state], `state,=,${doc.state}`];
	},
};
