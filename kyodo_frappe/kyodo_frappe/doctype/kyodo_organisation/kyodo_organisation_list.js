frappe.listview_settings["Kyodo Organisation"] = {
	hide_name_column: true,
	formatters: {
		// the list escapes a value before it translates it, so an apostrophe would keep the type in English
		organisation_type: (value) => `<span class="ellipsis">${frappe.utils.escape_html(__(value))}</span>`,
	},
	onload(list) {
		if (frappe.user.has_role("Kyodo Officer") || frappe.user.has_role("Kyodo Manager")) {
			list.page.add_inner_button(__("Kyodo Suspected Duplicates"), () =>
				frappe.set_route("query-report", "Kyodo Suspected Duplicates")
			);
		}
	},
};
