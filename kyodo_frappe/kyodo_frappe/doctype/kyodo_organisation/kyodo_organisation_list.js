frappe.listview_settings["Kyodo Organisation"] = {
	hide_name_column: true,
	onload(list) {
		if (frappe.user.has_role("Kyodo Officer") || frappe.user.has_role("Kyodo Manager")) {
			list.page.add_inner_button(__("Kyodo Suspected Duplicates"), () =>
				frappe.set_route("query-report", "Kyodo Suspected Duplicates")
			);
		}
	},
};
