frappe.ui.form.on("Kyodo Project", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (["Planning", "Running"].includes(frm.doc.workflow_state)) {
			frm.add_custom_button(__("Draft Agreement"), () =>
				open_made("kyodo_frappe.services.agreements.draft_for", { project: frm.doc.name }, "Kyodo Agreement")
			);
		}
		if (["Running", "Completed", "Reported", "Verified"].includes(frm.doc.workflow_state)) {
			frm.add_custom_button(__("Open Evaluation"), () => open_evaluation(frm));
		}
	},
});

function open_evaluation(frm) {
	frappe.prompt(
		[
			{ fieldname: "fiscal_year", fieldtype: "Int", label: __("Fiscal Year"), reqd: 1, default: frm.doc.fiscal_year },
			{
				fieldname: "phase",
				fieldtype: "Select",
				label: __("Phase"),
				reqd: 1,
				default: "Final",
				options: ["Mid-term", "Final"].map((value) => ({ value, label: __(value) })),
			},
		],
		(values) =>
			open_made(
				"kyodo_frappe.services.evaluations.open_round",
				{ project: frm.doc.name, ...values },
				"Kyodo Evaluation Round"
			),
		__("Open Evaluation")
	);
}

function open_made(method, args, doctype) {
	frappe.xcall(method, args).then((name) => frappe.set_route("Form", doctype, name));
}
