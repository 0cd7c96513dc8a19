frappe.listview_settings["Kyodo Self Check"] = {
	hide_name_column: true,
	onload(list) {
		list.page.add_inner_button(__("My self-checks side by side"), () => window.open("/kyodo/my/self-check"));
		if (frappe.user.has_role("Kyodo Officer") || frappe.user.has_role("Kyodo Manager")) {
			list.page.add_inner_button(__("Self-checks in figures"), () => window.open("/kyodo/my/self-check/totals"));
		}
	},
};
