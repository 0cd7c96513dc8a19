frappe.ui.form.on("Kyodo Dispatch", {
	setup(frm) {
		frm.set_query("person", () => ({ filters: { active: 1 } }));
	},
	refresh(frm) {
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
							.xcall("kyodo_frappe.services.dispatches.record_done", { dispatch: frm.doc.name, report })
							.then(() => frm.reload_doc()),
					__("It Has Taken Place")
				)
			);
		} else {
			frm.disable_form();
		}
	},
});

function record(frm, will_come) {
	frappe
		.xcall("kyodo_frappe.services.dispatches.record_answer", { dispatch: frm.doc.name, will_come })
		.then(() => frm.reload_doc());
}
