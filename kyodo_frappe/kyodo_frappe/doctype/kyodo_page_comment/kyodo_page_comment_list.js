frappe.listview_settings["Kyodo Page Comment"] = {
	hide_name_column: true,
	add_fields: ["effect", "published"],
	get_indicator(doc) {
		if (!doc.effect) return [__("To be answered"), "orange", "effect,is,not set"];
		return doc.published ? [__("Published"), "green", "published,=,1"] : [__("Answered"), "blue", "effect,is,set"];
	},
};
