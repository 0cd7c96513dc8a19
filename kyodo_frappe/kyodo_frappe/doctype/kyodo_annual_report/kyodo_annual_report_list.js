frappe.listview_settings["Kyodo Annual Report"] = {
	hide_name_column: true,
	add_fields: ["state"],
	get_indicator(doc) {
		const published = doc.state === "Published";
		return [__(doc.state), published ? "green" : "orange", `state,=,${doc.state}`];
	},
	onload(list) {
		list.page.add_inner_button(__("Prepare an Annual Report"), () => {
			const fields = [
				{ fieldname: "programme", fieldtype: "Link", options: "Kyodo Programme", label: __("Programme"), reqd: 1 },
				{ fieldname: "fiscal_year", fieldtype: "Int", label: __("Fiscal Year"), reqd: 1 },
			];
			frappe.prompt(
				fields,
				async (values) => {
					const name = await frappe.xcall("kyodo_frappe.front.annual.reports.prepare", values);
					frappe.set_route("Form", "Kyodo Annual Report", name);
				},
				__("Prepare an Annual Report"),
				__("Prepare")
			);
		});
	},
};
