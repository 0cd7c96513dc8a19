frappe.listview_settings["Kyodo Event Registration"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const [words, ...more] = kyodo.state_indicator(doc, "Kyodo Event Registration");
		const said = { Registered: __("Registration accepted"), Cancelled: __("Registration withdrawn") };
		return [said[doc.state] || words, ...more];
	},
};
