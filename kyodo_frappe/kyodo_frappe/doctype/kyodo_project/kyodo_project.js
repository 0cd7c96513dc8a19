frappe.ui.form.on("Kyodo Project", {
	setup(frm) {
		// created by server methods, not by the form's links
		frm.custom_make_buttons = { "Kyodo Agreement": "Draft Agreement", "Kyodo Evaluation Round": "Open Evaluation" };
	},
	refresh(frm) {
		if (frm.is_new()) return;
		kyodo.show_ribbon(frm);
		if (kyodo.is_in(frm.doc, "Writing", "Waiting")) {
			offer_agreement(frm);
			frm.add_custom_button(__("Raise a Point"), () => kyodo.raise_point(frm.doc.name), __("Negotiation"));
		}
		frm.add_custom_button(__("Open Points"), () => kyodo.show_points(frm.doc.name), __("Negotiation"));
		frm.add_custom_button(__("Who Changed What"), () => kyodo.show_changes(frm.doc.name), __("Negotiation"));
		if (kyodo.is_in(frm.doc, "Waiting", "Examined", "Decided")) {
			frm.add_custom_button(__("Open Evaluation"), () => open_evaluation(frm));
		}
		if (frappe.user.has_role("Kyodo Officer")) offer_next_year(frm);
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

// Buttons with which the office confirms the next year of a project, or ends it before.
function offer_next_year(frm) {
	if (!(frm.doc.yearly_amounts || []).some((row) => row.year_state === "Promised")) return;
	const request = { method: "kyodo_frappe.evaluation.next_year.offer", type: "GET", args: { project: frm.doc.name } };
	frappe.call(request).then(({ message: year }) => {
		if (!year || frm.doc.name !== request.args.project) return;
		const group = __("The Next Year");
		frm.add_custom_button(__("Confirm the Next Year"), () => confirm_next_year(frm, year), group);
		frm.add_custom_button(__("End Before the Next Year"), () => end_before_next_year(frm, year), group);
		frm.dashboard.clear_headline();
		const text = year.obstacle || __("{0} can be confirmed now.", [year.label]);
		frm.dashboard.set_headline(frappe.utils.escape_html(text));
	});
}

function confirm_next_year(frm, year) {
	const yen = (amount) => __("{0} yen", [amount.toLocaleString()]);
	const lines = [year.label, __("Promised: {0}", [yen(year.promised)])];
	if (year.limit !== null) lines.push(__("What can be paid for that year: {0}", [yen(year.limit)]));
	if (year.obstacle) lines.push(year.obstacle);
	const fields = [
		{ fieldname: "facts", fieldtype: "HTML", options: `<p>${lines.map(frappe.utils.escape_html).join("<br>")}</p>` },
		{ fieldname: "amount", fieldtype: "Data", label: __("Amount (yen)"), reqd: 1, default: String(year.promised) },
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), description: __("Needed where it is less than promised.") },
	];
	const done = __("The year is confirmed. The letter is issued and both sides are notified.");
	answer_next_year(frm, __("Confirm the Next Year"), fields, "kyodo_frappe.evaluation.next_year.confirm", year, done);
}

function end_before_next_year(frm, year) {
	const fields = [
		{ fieldname: "facts", fieldtype: "HTML", options: `<p>${frappe.utils.escape_html(year.label)}</p>` },
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
	];
	const done = __("The project ends before that year. The letter is issued and both sides are notified.");
	answer_next_year(frm, __("End Before the Next Year"), fields, "kyodo_frappe.evaluation.next_year.end", year, done);
}

// The dialog stays open while the server refuses.
function answer_next_year(frm, title, fields, method, year, done) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: title,
		primary_action: ({ facts, ...values }) =>
			frappe.xcall(method, { project: frm.doc.name, fiscal_year: year.fiscal_year, ...values }).then(() => {
				dialog.hide();
				frappe.show_alert({ message: done, indicator: "green" });
				frm.reload_doc();
			}),
	});
	dialog.show();
}
