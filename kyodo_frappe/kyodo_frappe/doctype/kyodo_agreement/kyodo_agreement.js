frappe.ui.form.on("Kyodo Agreement", {
	refresh(frm) {
		if (frm.doc.workflow_state === "Offered" && !frm.is_dirty()) {
			frm.add_custom_button(__("Confirm This Text"), () => confirm_text(frm)).addClass("btn-primary");
		}
	},
});

function confirm_text(frm) {
	frappe.prompt(
		[{ fieldname: "position", fieldtype: "Data", label: __("Position"), reqd: 1 }],
		(values) =>
			frappe
				.xcall("kyodo_frappe.services.agreements.confirm", {
					agreement: frm.doc.name,
					content_hash: frm.doc.content_hash,
					position: values.position,
				})
				.then(() => frm.reload_doc()),
		__("You confirm the text as it stands on this page, word for word.")
	);
}
