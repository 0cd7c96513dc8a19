// A button on the form of a login that leads to the page on which its work is handed over.
export const offer_handover = () => {
	jQuery(document).on("form-refresh", (_event, frm) => {
		if (frm.doctype !== "User" || frm.is_new()) return;
		frm.add_custom_button(__("Hand Over"), () => frappe.set_route("kyodo-hand-over", frm.docname));
	});
};
