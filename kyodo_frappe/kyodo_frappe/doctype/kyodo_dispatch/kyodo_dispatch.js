frappe.ui.form.on("Kyodo Dispatch", {
	setup(frm) {
		frm.set_query("person", () => ({ filters: { active: 1 } }));
	},
	refresh(frm) {
		kyodo.choose_programme(frm);
		if (frm.is_new() || !frappe.user.has_role("Kyodo Officer")) return;
		if (frm.doc.state === "Asked") {
			frm.add_custom_button(__("Has Agreed to Come"), () => record(frm, 1));
			frm.add_custom_button(__("Has Declined"), () => record(frm, 0));
		} else if (frm.doc.state === "Will Come") {
			frm.add_custom_button(__("It Has Taken Place"), () =>
				frappe.prompt(
					[{ fieldname: "report", fieldtype: "Text", label: __("Report of the Dispatch"), reqd: 1 }],
					({ report }) =>
						frappe
							.xcall("kyodo_frappe.support.dispatches.record_done", { dispatch: frm.doc.name, report })
							.then(() => frm.reload_doc()),
					__("It Has Taken Place"),
					__("It Has Taken Place")
				)
			);
		} else {
			frm.disable_form();
		}
	},
	event(frm) {
		if (!frm.doc.event) return;
		frappe.db.get_value("Kyodo Event", frm.doc.event, ["event_name", "held_on"]).then(({ message }) => {
			frm.set_value({ sent_to: message.event_name, from_date: message.held_on, to_date: message.held_on });
		});
	},
	committee(frm) {
		if (!frm.doc.committee) return;
		frappe.db.get_value("Kyodo Committee", frm.doc.committee, "committee_name").then(({ message }) => {
			frm.set_value("sent_to", message.committee_name);
		});
	},
});

function record(frm, will_come) {
	frappe.xcall("kyodo_frappe.support.dispatches.record_answer", { dispatch: frm.doc.name, will_come }).then(() => frm.reload_doc());
}
