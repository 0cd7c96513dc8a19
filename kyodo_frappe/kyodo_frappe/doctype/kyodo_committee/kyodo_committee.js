frappe.ui.form.on("Kyodo Committee", {
	refresh(frm) {
		if (frm.is_new()) return kyodo.choose_programme(frm);
		if (!frappe.user.has_role("Kyodo Officer") || frm.doc.disabled) return;
		frm.add_custom_button(__("Create the Year's Meetings"), () => plan_year(frm));
		frm.add_custom_button(__("Hand Over"), () => frappe.set_route("kyodo-hand-over"));
	},
});

function plan_year(frm) {
	const [calendar, month] = frappe.datetime.get_today().split("-").map(Number);
	const year = calendar - (month < 4 ? 1 : 0);
	const dialog = new frappe.ui.Dialog({
		title: __("Create the Year's Meetings"),
		fields: [
			{
				fieldname: "fiscal_year",
				fieldtype: "Select",
				label: __("Fiscal Year"),
				reqd: 1,
				options: [year, year + 1].map((value) => ({ value: String(value), label: __("Fiscal year {0}", [value]) })),
				default: String(month === 2 || month === 3 ? year + 1 : year),
				description: __("From the programme's plan. Meetings already in the calendar stay as they are."),
			},
		],
		primary_action_label: __("Make"),
		primary_action({ fiscal_year }) {
			frappe
				.xcall("kyodo_frappe.committee.meetings.plan_year", { committee: frm.doc.name, fiscal_year: Number(fiscal_year) })
				.then((result) => {
					dialog.hide();
					show_calendar(frm, result);
				});
		},
	});
	dialog.show();
}

function show_calendar(frm, { made, warnings }) {
	const escape = frappe.utils.escape_html;
	const link = (row) =>
		`<li>${frappe.utils.get_form_link("Kyodo Meeting", row.name, true, escape(`${kyodo.era_day(row.meeting_date)} ${kyodo.word("Kyodo Meeting Type", row.meeting_type)}`))}</li>`;
	const parts = [
		made.length ? `<ul>${made.map(link).join("")}</ul>` : `<p>${__("The calendar is complete. No meetings had to be created.")}</p>`,
	];
	if (warnings.length) {
		parts.push(`<h5>${__("Please check")}</h5><ul>${warnings.map((text) => `<li>${escape(text)}</li>`).join("")}</ul>`);
	}
	frappe.msgprint({
		title: __("Meetings created: {0}", [made.length]),
		message: parts.join(""),
		indicator: warnings.length ? "orange" : "green",
	});
	frm.reload_doc();
}
