frappe.listview_settings["Kyodo Dispatch"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colours = {
			Asked: "orange",
			"Will Come": "blue",
			Declined: "gray",
			Done: "green",
		};
		return [__(doc.state), colours[doc.state], `state,=,${doc.state}`];
	},
};
