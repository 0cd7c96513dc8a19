frappe.listview_settings["Kyodo Support Case"] = {
	add_fields: ["state", "next_on"],
	get_indicator(doc) {
		const due = doc.next_on && doc.state !== "Closed" && doc.next_on <= frappe.datetime.get_today();
		if (due) return [__("To Follow Up"), "orange", `state,=,${doc.state}`];
		const colours = { Open: "red", Answered: "blue", Closed: "green" };
		return [__(doc.state), colours[doc.state], `state,=,${doc.state}`];
	},
	onload(list) {
		list.page.add_inner_button(__("To Follow Up"), () => {
			list.filter_area.clear().then(() =>
				list.filter_area.add([
					// not "<=": Frappe would include cases without a day
					["Kyodo Support Case", "next_on", "Between", ["2000-01-01", frappe.datetime.get_today()]],
					["Kyodo Support Case", "state", "!=", "Closed"],
				])
			);
		});
	},
};
