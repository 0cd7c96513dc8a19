frappe.ui.form.on("Kyodo Resource Person", {
	refresh(frm) {
		kyodo.choose_programme(frm);
		if (frm.is_new() || !frappe.user.has_role("Kyodo Officer")) return;
		if (frm.doc.active) {
			frm.add_custom_button(__("Ask This Person"), () =>
				frappe.new_doc("Kyodo Dispatch", { person: frm.doc.name, purpose: frm.doc.can_be })
			);
		}
		frm.add_custom_button(__("Kyodo Dispatch"), () => frappe.set_route("List", "Kyodo Dispatch", { person: frm.doc.name }));
	},
});
