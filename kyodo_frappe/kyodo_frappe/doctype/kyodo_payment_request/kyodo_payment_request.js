// Shows what is granted, settled and paid above a request, and offers it as a PDF.
frappe.ui.form.on("Kyodo Payment Request", {
	refresh(frm) {
		if (frm.is_new()) return;
		const address = `/api/method/kyodo_frappe.partnership.payment_paper.download?payment_request=${encodeURIComponent(frm.doc.name)}`;
		frm.add_custom_button(__("Request for Payment"), () => window.open(address));
		const asked = { method: "kyodo_frappe.partnership.payment_requests.summary", type: "GET", args: { payment_request: frm.doc.name } };
		frappe.call(asked).then(({ message: lines }) => {
			if (frm.doc.name === asked.args.payment_request) frm.set_intro(lines.map(frappe.utils.escape_html).join("<br>"), "blue");
		});
	},
});
