// Buttons of the other side; the server checks who may use them.
frappe.ui.form.on("Kyodo Progress Note", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (!kyodo.writes_for(frm.doc.side)) frm.disable_form();
		if (!frm.doc.acknowledged_on) {
			const waits =
				frm.doc.side === "City"
					? __("Waiting to be acknowledged by the organisation's side.")
					: __("Waiting to be acknowledged by the city's side.");
			frm.set_intro(waits, "orange");
		}
		if (!frappe.user.has_role("Kyodo Section Officer")) return; // the office is no side
		if (!frm.doc.acknowledged_on && frm.doc.side === "Organisation") {
			frm.add_custom_button(__("Acknowledge"), () => answer(frm, "kyodo_frappe.partnership.notes.acknowledge", __("Acknowledge"), 0));
		}
		if (frm.doc.kind === "Issue" && !frm.doc.settled_on) {
			frm.add_custom_button(__("The issue is settled"), () =>
				answer(frm, "kyodo_frappe.partnership.notes.settle_issue", __("The issue is settled"), 1)
			);
		}
	},
});

function answer(frm, method, title, reqd) {
	frappe.prompt(
		[{ fieldname: "answer", fieldtype: "Small Text", label: __("Your answer"), reqd }],
		(values) => frappe.xcall(method, { note: frm.doc.name, answer: values.answer || "" }).then(() => frm.reload_doc()),
		title
	);
}
