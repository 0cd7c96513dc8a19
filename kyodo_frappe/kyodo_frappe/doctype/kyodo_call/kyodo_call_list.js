frappe.listview_settings["Kyodo Call"] = {
	add_fields: ["opens_on", "closes_on", "published"],
	// “Open” is a type of call, for any theme; whether one can answer it now say its days
	formatters: { call_type: (value) => (value === "Open" ? __("Any theme") : __(value || "")) },
	get_indicator({ opens_on, closes_on, published }) {
		const today = frappe.datetime.get_today();
		if (!published) return [__("Not Published"), "gray", "published,=,0"];
		if (closes_on && closes_on < today) return [__("Closed"), "gray", `closes_on,<,${today}`];
		if (opens_on && opens_on > today) return [__("Opens soon"), "orange", `opens_on,>,${today}`];
		return [__("Open now"), "green", `closes_on,>=,${today}`];
	},
};
