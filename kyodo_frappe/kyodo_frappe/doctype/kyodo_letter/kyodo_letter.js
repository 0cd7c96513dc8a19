// Letters are read, changed, approved and issued on a page of their own, with the sheet beside the wording.
frappe.ui.form.on("Kyodo Letter", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Open beside the Sheet"), () => frappe.set_route("kyodo-letters", frm.doc.name)).addClass("btn-primary");
	},
});
