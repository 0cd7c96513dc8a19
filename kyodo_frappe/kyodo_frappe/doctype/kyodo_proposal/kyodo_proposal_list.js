frappe.listview_settings["Kyodo Proposal"] = {
	hide_name_column: true,
};
