frappe.ui.form.on("Kyodo Evaluation Sheet", {
	refresh(frm) {
		if (frm.doc.submitted_on) {
			frm.disable_form();
			return;
		}
		if (frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Hand In Evaluation"), () => hand_in(frm)).addClass("btn-primary");
		}
	},
});

function hand_in(frm) {
	const marks = Object.fromEntries(frm.doc.marks.map((row) => [row.item_code, { mark: row.mark, reason: row.reason }]));
	frappe.confirm(__("After this the marks cannot be changed. Hand them in now?"), () =>
		frappe
			.xcall("kyodo_frappe.evaluation.rounds.submit_sheet", {
				sheet: frm.doc.name,
				marks,
				comment: frm.doc.comment,
			})
			.then(() => frm.reload_doc())
	);
}
