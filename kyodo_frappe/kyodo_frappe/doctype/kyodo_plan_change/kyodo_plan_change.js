// Shows what changes at the top of the form.
frappe.ui.form.on("Kyodo Plan Change", {
	before_workflow_action(frm) {
		const shown = (_frm, action) => ({
			title: __(action),
			facts: [__("What changes"), ...(frm.doc.changes || "").split("\n").filter(Boolean), frm.doc.reason].filter(Boolean),
			label: __(action),
		});
		return kyodo.confirm_act(frm, { Agree: shown, "Agree to Change": shown, Approve: shown });
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const lines = (text) => (text || "").split("\n").filter(Boolean).map(frappe.utils.escape_html);
		const listed = (rows) => `<ul>${rows.map((row) => `<li>${row}</li>`).join("")}</ul>`;
		const changes = lines(frm.doc.changes);
		if (!changes.length) return frm.set_intro(__("Nothing has been changed yet. Please change the plan or the budget first."));
		let text = `<strong>${__("What changes")}</strong>${listed(changes)}`;
		if (frm.doc.needs_approval) {
			text += `<strong>${__("The office also has to approve this change for these reasons:")}</strong>${listed(lines(frm.doc.approval_reason))}`;
		}
		frm.set_intro(text, frm.doc.needs_approval ? "orange" : "blue");
	},
});
