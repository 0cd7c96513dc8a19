frappe.listview_settings["Kyodo Match"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colours = {
			Introduced: "orange",
			Talking: "blue",
			"Came Together": "green",
			"Not Agreed": "gray",
		};
		return [__(doc.state), colours[doc.state], `state,=,${doc.state}`];
	},
};
