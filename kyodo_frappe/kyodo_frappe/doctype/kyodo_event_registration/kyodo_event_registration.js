frappe.ui.form.on("Kyodo Event Registration", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (["Registered", "On the Waiting List"].includes(frm.doc.state)) {
			frm.add_custom_button(__("Cancel the Registration"), () =>
				frappe.confirm(__("Cancel this registration? The person is informed by mail, and the waiting list moves up."), () =>
					frappe
						.xcall("kyodo_frappe.learning.registrations.cancel_for", { registration: frm.doc.name })
						.then(() => frm.reload_doc())
				)
			);
		}
		if (frm.doc.attendance === "Attended") {
			frm.add_custom_button(__("Certificate (PDF)"), () =>
				window.open(
					`/api/method/kyodo_frappe.learning.certificates.download?${new URLSearchParams({ registration: frm.doc.name })}`
				)
			);
		}
	},
});
