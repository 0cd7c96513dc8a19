// Shows what is granted, settled and paid above a request, and offers it as a PDF.
const summary_of = (frm) =>
	frappe
		.call({
			method: "kyodo_frappe.partnership.payment_requests.summary",
			type: "GET",
			args: { payment_request: frm.doc.name },
		})
		.then(({ message }) => message);

frappe.ui.form.on("Kyodo Payment Request", {
	before_workflow_action(frm) {
		const shown = async (_frm, action) => ({
			title: __(action),
			facts: [`${__("Amount")}: ${format_currency(frm.doc.amount, "JPY", 0)}`, ...(await summary_of(frm))],
			label: __(action),
		});
		return kyodo.confirm_act(frm, { "Decide Payment": shown });
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const address = `/api/method/kyodo_frappe.partnership.payment_paper.download?payment_request=${encodeURIComponent(frm.doc.name)}`;
		frm.add_custom_button(__("Request for Payment"), () => window.open(address));
		const { name } = frm.doc;
		summary_of(frm).then((lines) => {
			if (frm.doc.name === name) frm.set_intro(lines.map(frappe.utils.escape_html).join("<br>"), "blue");
		});
	},
});
