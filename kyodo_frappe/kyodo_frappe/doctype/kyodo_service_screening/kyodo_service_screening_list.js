frappe.listview_settings["Kyodo Service Screening"] = {
	hide_name_column: true,
	add_fields: ["follow_up_on", "workflow_state"],
	onload(list) {
		list.page.add_inner_button(__("To Look At Again"), () => {
			const due = [["Kyodo Service Screening", "follow_up_on", "<=", frappe.datetime.get_today()]];
			list.filter_area
				.clear(false)
				.then(() => list.filter_area.add([...due, ["Kyodo Service Screening", "workflow_state", "=", "Screened"]]));
		});
		if (!frappe.user.has_role(["Kyodo Officer", "Kyodo Section Officer"])) return;
		const menu = __("Services of a Year");
		list.page.add_inner_button(__("List To Fill In (Excel)"), () => ask_year((asked) => download(asked)), menu);
		list.page.add_inner_button(__("Import a Filled-in List"), () => read_list(list), menu);
		list.page.add_inner_button(__("Carry Over From Last Year"), () => ask_year((asked) => carry_over(list, asked)), menu);
	},
};

function year_fields() {
	return [
		{ fieldname: "programme", label: __("Programme"), fieldtype: "Link", options: "Kyodo Programme", reqd: 1 },
		{ fieldname: "fiscal_year", label: __("Fiscal Year"), fieldtype: "Int", default: kyodo.this_year(), reqd: 1 },
	];
}

function with_programme(dialog) {
	const asked = { filters: { is_active: 1 }, fields: ["name"], limit: 2, order_by: "creation" };
	frappe.db.get_list("Kyodo Programme", asked).then((rows) => rows.length === 1 && dialog.set_value("programme", rows[0].name));
}

function ask_year(act) {
	with_programme(frappe.prompt(year_fields(), act, __("Services of a Year")));
}

function download(asked) {
	window.open(`/api/method/kyodo_frappe.screening.import_list.template?${new URLSearchParams(asked)}`);
}

function carry_over(list, asked) {
	frappe.xcall("kyodo_frappe.screening.screenings.carry_over", asked).then((made) => {
		frappe.show_alert({ message: __("{0} drafts have been created.", [made.length]), indicator: "green" });
		list.refresh();
	});
}

// Checks the list first, then creates the drafts on confirmation.
function read_list(list) {
	const dialog = kyodo.choose_file(__("Import a Filled-in List"), __("Review the List"), year_fields(), (file, asked) =>
		kyodo.send_file("kyodo_frappe.screening.import_list.check", file, asked).then((told) => {
			const said = told.errors.length
				? __("{0} services can be entered; {1} rows need to be corrected.", [told.rows.length, told.errors.length])
				: __("{0} services can be entered.", [told.rows.length]);
			const body = frappe.utils.escape_html(said) + kyodo.lines(told.errors);
			if (!told.rows.length) return frappe.msgprint({ title: __("Import a Filled-in List"), message: body });
			frappe.confirm(
				`${body}<p>${told.errors.length ? __("Create drafts of the valid rows now?") : __("Create drafts of them now?")}</p>`,
				() =>
					kyodo.send_file("kyodo_frappe.screening.import_list.make", file, { ...asked, leave_out_errors: 1 }).then(({ made }) => {
						dialog.hide();
						frappe.show_alert({ message: __("{0} drafts have been created.", [made.length]), indicator: "green" });
						list.refresh();
					})
			);
		})
	);
	with_programme(dialog);
}
