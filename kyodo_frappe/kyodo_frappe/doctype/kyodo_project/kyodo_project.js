frappe.ui.form.on("Kyodo Project", {
	setup(frm) {
		// created by server methods, not by the form's links
		frm.custom_make_buttons = { "Kyodo Agreement": "Draft Agreement", "Kyodo Evaluation Round": "Open Evaluation" };
	},
	refresh(frm) {
		if (frm.is_new()) return;
		if (kyodo.is_in(frm.doc, "Writing", "Waiting")) {
			offer_agreement(frm);
			frm.add_custom_button(__("Raise a Point"), () => kyodo.raise_point(frm.doc.name), __("Negotiation"));
		}
		frm.add_custom_button(__("Open Points"), () => kyodo.show_points(frm.doc.name), __("Negotiation"));
		frm.add_custom_button(__("Who Changed What"), () => kyodo.show_changes(frm.doc.name), __("Negotiation"));
		if (kyodo.is_in(frm.doc, "Waiting", "Examined", "Decided")) {
			frm.add_custom_button(__("Open Evaluation"), () => open_evaluation(frm));
		}
		for (const report of ["Kyodo Evaluation Comparison", "Kyodo Equality"]) {
			frm.add_custom_button(__(report), () => frappe.set_route("query-report", report, { project: frm.doc.name }), __("Reports"));
		}
	},
});

// a project has only one current agreement
function offer_agreement(frm) {
	const current = { project: frm.doc.name, workflow_state: ["in", kyodo.states("Kyodo Agreement", "Writing", "Waiting", "Decided")] };
	frappe.db.get_list("Kyodo Agreement", { filters: current, order_by: "creation desc", limit: 1 }).then(([found]) => {
		if (found) {
			frm.add_custom_button(__("Open the Agreement"), () => frappe.set_route("Form", "Kyodo Agreement", found.name));
		} else {
			frm.add_custom_button(__("Draft Agreement"), () => draft_agreement(frm));
		}
	});
}

function draft_agreement(frm) {
	frappe.prompt(
		[
			{
				fieldname: "kind",
				fieldtype: "Select",
				label: __("Kind"),
				reqd: 1,
				default: "Agreement",
				options: ["Agreement", "Memorandum", "Minutes"].map((value) => ({ value, label: __(value) })),
				description: __(
					"A memorandum or minutes can be chosen only if the programme or the form of collaboration does not require an agreement document."
				),
			},
		],
		({ kind }) => open_made("kyodo_frappe.partnership.agreement_drafts.draft_for", { project: frm.doc.name, kind }, "Kyodo Agreement"),
		__("Draft Agreement"),
		__("Draft Agreement")
	);
}

function open_evaluation(frm) {
	frappe.prompt(
		[
			{ fieldname: "fiscal_year", fieldtype: "Int", label: __("Fiscal Year"), reqd: 1, default: this_fiscal_year() },
			{
				fieldname: "phase",
				fieldtype: "Select",
				label: __("Phase"),
				reqd: 1,
				default: frm.doc.workflow_state === "Running" ? "Mid-term" : "Final",
				options: ["Mid-term", "Annual", "Final"].map((value) => ({ value, label: __(value) })),
			},
		],
		(values) => open_made("kyodo_frappe.evaluation.rounds.open_round", { project: frm.doc.name, ...values }, "Kyodo Evaluation Round"),
		__("Open Evaluation"),
		__("Open Evaluation")
	);
}

function this_fiscal_year() {
	const today = frappe.datetime.str_to_obj(frappe.datetime.get_today());
	return today.getFullYear() - (today.getMonth() < 3 ? 1 : 0);
}

function open_made(method, args, doctype) {
	frappe.xcall(method, args).then((name) => frappe.set_route("Form", doctype, name));
}
