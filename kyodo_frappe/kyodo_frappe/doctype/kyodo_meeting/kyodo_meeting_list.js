frappe.listview_settings["Kyodo Meeting"] = {
	hide_name_column: true,
};
