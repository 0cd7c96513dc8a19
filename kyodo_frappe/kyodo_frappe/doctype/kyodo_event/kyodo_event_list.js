frappe.listview_settings["Kyodo Event"] = {
	hide_name_column: true,
	add_fields: ["state", "audience"],
	get_indicator(doc) {
		const colour = { Planned: "gray", Announced: "blue", Held: "green", Cancelled: "red" }[doc.state];
		return [__(doc.state), colour, `state,=,${doc.state}`];
	},
};
