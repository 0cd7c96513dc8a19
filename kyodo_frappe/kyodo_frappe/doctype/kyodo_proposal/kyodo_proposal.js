frappe.ui.form.on("Kyodo Proposal", {
	refresh(frm) {
		const writing = ["Draft", "Returned"].includes(frm.doc.workflow_state);
		if (!frm.is_new() && writing && !frm.doc.acknowledged_on && frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Acknowledge Definition"), () => acknowledge(frm));
		}
	},
});

// The proposer reads what kyodo means here before handing in (鎌倉 2(2)1(3)).
function acknowledge(frm) {
	frappe.db.get_value("Kyodo Programme", frm.doc.programme, "definition").then(({ message }) => {
		const text = frappe.utils.escape_html(message.definition || "").replace(/\n/g, "<br>");
		frappe.confirm(`${text}<hr>${__("I have read this definition and propose on its ground.")}`, () => {
			frm.set_value("acknowledged_on", frappe.datetime.now_datetime());
			frm.save();
		});
	});
}
