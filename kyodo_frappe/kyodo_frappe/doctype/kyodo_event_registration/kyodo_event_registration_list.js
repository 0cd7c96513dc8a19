frappe.listview_settings["Kyodo Event Registration"] = {
	hide_name_column: true,
	add_fields: ["state"],
	get_indicator(doc) {
		const colour = { Unconfirmed: "gray", Registered: "green", "On the Waiting List": "orange", Cancelled: "red" }[doc.state];
		const said = { Registered: __("Registration accepted"), Cancelled: __("Registration withdrawn") };
		return [said[doc.state] || __(doc.state), colour, `state,=,${doc.state}`];
	},
};
