frappe.listview_settings["Kyodo Page"] = {
	hide_name_column: true,
	add_fields: ["published", "revising"],
	get_indicator(doc) {
		if (doc.revising) return [__("Under Revision"), "blue", "revising,=,1"];
		return doc.published ? [__("Published"), "green", "published,=,1"] : [__("Not Published"), "gray", "published,=,0"];
	},
};
