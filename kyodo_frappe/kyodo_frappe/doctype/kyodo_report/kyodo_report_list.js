frappe.listview_settings["Kyodo Report"] = {
	hide_name_column: true,
	onload: (listview) => kyodo.offer_queue(listview),
};
