frappe.listview_settings["Kyodo Survey Response"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colours = {
			Asked: "gray",
			Begun: "orange",
			Answered: "green",
		};
		return [__(doc.state), colours[doc.state], `state,=,${doc.state}`];
	},
};
