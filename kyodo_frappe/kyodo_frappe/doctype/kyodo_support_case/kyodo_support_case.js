// The office answers like the support centre; the state follows from the answer.
frappe.ui.form.on("Kyodo Support Case", {
	setup(frm) {
		frm.set_query("organisation", () => ({ filters: { workflow_state: ["not in", ["Draft", "Withdrawn"]] } }));
	},
	refresh(frm) {
		kyodo.choose_programme(frm);
		if (frm.is_new() || !frappe.user.has_role("Kyodo Officer")) return;
		if (frm.doc.asked_by && frm.doc.state === "Open") {
			frm.set_intro(__("The answer is mailed to the person who asked when you save."), "blue");
		}
		if (frm.doc.state === "Closed") {
			frm.disable_form();
			act(frm, __("Reopen the Case"), "kyodo_frappe.support.cases.reopen");
			return;
		}
		act(frm, __("Close the Case"), "kyodo_frappe.support.cases.close");
		if (!frm.doc.organisation) {
			frm.add_custom_button(__("Help the Group to Register"), () =>
				frappe.prompt(
					[
						{
							fieldname: "email",
							fieldtype: "Data",
							options: "Email",
							label: __("Mail address"),
							reqd: 1,
							default: frm.doc.client_contact,
						},
					],
					(values) => call(frm, "kyodo_frappe.support.cases.invite_client", values),
					__("Help the Group to Register"),
					__("Send the link")
				)
			);
		}
	},
});

function act(frm, label, method) {
	frm.add_custom_button(label, () => call(frm, method, {}));
}

function call(frm, method, values) {
	// save typed values first, since these methods change the stored record
	const saved = frm.is_dirty() ? frm.save() : Promise.resolve();
	saved.then(() => frappe.xcall(method, { case: frm.doc.name, ...values })).then(() => frm.reload_doc());
}
