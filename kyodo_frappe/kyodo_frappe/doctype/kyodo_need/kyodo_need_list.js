frappe.listview_settings["Kyodo Need"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colours = {
			Open: "blue",
			"In Talks": "orange",
			Met: "green",
			Expired: "gray",
			Withdrawn: "gray",
		};
		return [__(doc.state), colours[doc.state], `state,=,${doc.state}`];
	},
};
