// Officers of a section who leave or change section hand their work over on a page of its own.
frappe.ui.form.on("Kyodo Section", {
	refresh(frm) {
		if (frm.is_new() || !frm.perm[0].write) return;
		frm.add_custom_button(__("Hand Over"), () => frappe.set_route("kyodo-hand-over"));
	},
});
