frappe.listview_settings["Kyodo Call"] = {
	add_fields: ["opens_on", "closes_on", "published"],
	// whether one can answer a call now say its days
	formatters: { call_type: (value) => frappe.utils.escape_html(kyodo.call_type_word(value)) },
	onload({ page }) {
		const filter = page.fields_dict.call_type;
		if (!filter) return;
		filter.df.options = ["", ...kyodo.call_types(frappe.meta.get_docfield("Kyodo Call", "call_type").options)];
		filter.set_options(filter.get_input_value());
	},
	get_indicator({ opens_on, closes_on, published }) {
		const today = frappe.datetime.get_today();
		if (!published) return [__("Not Published"), "gray", "published,=,0"];
		if (closes_on && closes_on < today) return [__("Closed"), "gray", `closes_on,<,${today}`];
		if (opens_on && opens_on > today) return [__("Opens soon"), "orange", `opens_on,>,${today}`];
		return [__("Open now"), "green", `closes_on,>=,${today}`];
	},
};
