// acts whose messages and letters are shown before they go
const SENDING = ["Confirm Budget", "Budget Failed", "Move Up", "Move Up Pending Budget"];

frappe.ui.form.on("Kyodo Proposal", {
	before_workflow_action(frm) {
		return SENDING.includes(frm.selected_workflow_action) ? kyodo.look_before_sending(frm) : undefined;
	},

	refresh(frm) {
		if (frm.is_new()) return begin(frm);
		kyodo.offer_reading(frm);
		const writing = kyodo.is_in(frm.doc, "Writing");
		if (writing && !frm.doc.acknowledged_on && frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Acknowledge Definition"), () => acknowledge(frm));
		}
		if (may_consent(frm)) {
			frm.add_custom_button(__("Consent of the Section"), () => consent(frm));
		}
		if (!writing) frm.add_custom_button(__("Meetings"), () => show_meetings(frm));
		if (frm.perm[0] && frm.perm[0].read) excel_form(frm, writing);
		if (frappe.user.has_role("Kyodo Officer")) after_decision(frm);
		show_summary(frm);
	},
});

// The meetings on whose agenda a proposal is.
function show_meetings(frm) {
	frappe.route_options = { "Kyodo Agenda Item.proposal": frm.doc.name };
	frappe.set_route("List", "Kyodo Meeting", "List");
}

// A proposal that a section begins is the city's, unless the section chooses another origin.
function begin(frm) {
	const section = frappe.user.has_role("Kyodo Section Officer") && !frappe.user.has_role("Kyodo Officer");
	if (section && !frm.begun) frm.set_value("origin", "City");
	frm.begun = true;
	kyodo.choose_programme(frm);
}

// Shows next steps, missing parts and obstacles above the form, and offers corrections and changes.
function show_summary(frm) {
	const request = { method: "kyodo_frappe.proposals.next_steps.form_summary", type: "GET", args: { proposal: frm.doc.name } };
	frappe.call(request).then(({ message: summary }) => {
		if (frm.doc.name !== request.args.proposal) return;
		const lines = summary.next.map((step) => [step.on, step.text].filter(Boolean).join("　"));
		if (frm.doc.objection) lines.push(__("The organisation asks for this change: {0}", [frm.doc.objection]));
		if (summary.missing.length) lines.push(__("Not filled in yet: {0}.", [summary.missing.join(__(", "))]));
		lines.push(...summary.obstacles);
		if (summary.early_start) lines.push(summary.early_start);
		const typed = frm.doc.intake === "Paper" && frm.doc.owner === frappe.session.user;
		if (typed && frm.doc.workflow_state === "Submitted") lines.push(__("You entered this proposal, so a colleague receives it."));
		for (const { name, label, help } of summary.fields) {
			frm.set_df_property(name, "label", frappe.utils.escape_html(label));
			if (help) frm.set_df_property(name, "description", frappe.utils.escape_html(help));
		}
		frm.dashboard.clear_headline();
		if (lines.length) frm.dashboard.set_headline(lines.map(frappe.utils.escape_html).join("<br>"));
		show_computation(frm, summary.computation);
		if (summary.early_start && frappe.user.has_role("Kyodo Officer")) offer_early_start(frm, summary.early_start);
		kyodo.offer_parts(frm, summary.parts);
		if (frm.doc.workflow_state === "Submitted" && frm.perm[0].write && frappe.user.has_role("Kyodo Officer")) {
			frm.add_custom_button(__("Ask for a Correction"), () => kyodo.ask_for_correction(frm, summary.parts));
		}
		if (summary.changes.length) {
			frm.add_custom_button(__("Changes Since the Last Time"), () => show_changes(summary.changes));
		}
	});
}

// What may be paid, in the words that the portal shows beside the money step.
function show_computation(frm, sentences) {
	const place = frm.fields_dict.total_expenses.$wrapper;
	place.find(".kyodo-computation").remove();
	if (!sentences.length) return;
	const lines = sentences.map((text) => `<p>${frappe.utils.escape_html(text)}</p>`).join("");
	place.append(`<div class="kyodo-computation"><h5>${__("What can be paid")}</h5>${lines}</div>`);
}

// Buttons with which the office answers a request to begin before the decision.
function offer_early_start(frm, words) {
	const group = __("Early Start");
	const send = (approve) => (values) =>
		frappe
			.xcall("kyodo_frappe.proposals.early_start.answer", { proposal: frm.doc.name, approve, text: values.text || "" })
			.then(() => frm.reload_doc());
	const ask = (title, reqd, approve) =>
		frappe.prompt(
			[
				{ fieldname: "asked", fieldtype: "HTML", options: `<p>${frappe.utils.escape_html(words)}</p>` },
				{ fieldname: "text", fieldtype: "Small Text", label: __("Answer on the Early Start"), reqd },
			],
			send(approve),
			title,
			title
		);
	frm.add_custom_button(__("Approve the Early Start"), () => ask(__("Approve the Early Start"), 0, 1), group);
	frm.add_custom_button(__("Refuse the Early Start"), () => ask(__("Refuse the Early Start"), 1, 0), group);
}

function show_changes(changes) {
	const tags = { insert: "ins", delete: "del", equal: "span" };
	const escape = (text) => frappe.utils.escape_html(text || "").replace(/\n/g, "<br>");
	const remark = (row) => `<p class="text-muted">${escape([row.question, row.finding, row.reason].filter(Boolean).join("　"))}</p>`;
	const body = changes.map((change) => {
		const text = change.parts.map(([op, part]) => `<${tags[op]}>${escape(part)}</${tags[op]}>`).join("");
		return `<h5>${escape(change.label)}</h5>${change.remarks.map(remark).join("")}<p>${text}</p>`;
	});
	frappe.msgprint({ title: __("Changes Since the Last Time"), message: body.join("<hr>"), wide: true });
}

function may_consent(frm) {
	const open = kyodo.is_in(frm.doc, "Writing", "Waiting");
	const wanted = frm.doc.origin === "Joint" && frm.doc.section && !frm.doc.section_consented_on;
	return open && wanted && frappe.user.has_role("Kyodo Section Officer");
}

function consent(frm) {
	frappe.confirm(__("Do you agree to this proposal in the name of {0}?", [frappe.utils.escape_html(frm.doc.section)]), () =>
		frappe.xcall("kyodo_frappe.proposals.consents.consent", { proposal: frm.doc.name }).then(() => frm.reload_doc())
	);
}

// Asks the proposer to acknowledge the definition of kyodo before handing in (鎌倉 2(2)1(3)).
function acknowledge(frm) {
	frappe.db.get_value("Kyodo Programme", frm.doc.programme, "definition").then(({ message }) => {
		const text = frappe.utils.escape_html(message.definition || "").replace(/\n/g, "<br>");
		frappe.confirm(`${text}<hr>${__("I have read this definition and base the proposal on it.")}`, () => {
			frm.set_value("acknowledged_on", frappe.datetime.now_datetime());
			frm.save();
		});
	});
}

// After the decision: a reserve that is moved up, and a letter by which the organisation declines.
function after_decision(frm) {
	const { workflow_state: state } = frm.doc;
	if (state === "Reserve") frm.add_custom_button(__("Move Up"), () => move_up(frm));
	if (["Reserve", "Pending Budget", "Adopted"].includes(state)) {
		frm.add_custom_button(__("Record a Letter of Decline"), () => record_decline(frm));
	}
}

function move_up(frm) {
	const request = { method: "kyodo_frappe.proposals.reserve.offer", type: "GET", args: { proposal: frm.doc.name } };
	frappe.call(request).then(({ message: found }) => {
		const yen = (amount) => __("{0} yen", [amount.toLocaleString()]);
		const lines = [__("Rank on the reserve list: {0}", [found.rank])];
		if (found.first) lines.push(__("“{0}” is before it.", [found.first]));
		lines.push(__("Whole amount: {0}", [yen(found.whole)]));
		if (found.left !== null) lines.push(__("Left of the budget of the call: {0}", [yen(found.left)]));
		const short = found.left !== null && found.left < found.whole;
		const fields = [
			{ fieldname: "facts", fieldtype: "HTML", options: `<p>${lines.map(frappe.utils.escape_html).join("<br>")}</p>` },
			{
				fieldname: "grant",
				fieldtype: "Select",
				label: __("Amount on Moving Up"),
				reqd: 1,
				options: ["Whole Amount", "What Is Left"].map((value) => ({ value, label: __(value) })),
				default: short ? "What Is Left" : "Whole Amount",
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason for Moving Up"),
				reqd: 1,
				description: __("The letter to the organisation gives this reason."),
			},
		];
		const moved = __("The proposal is moved up. The letter is issued and the organisation is notified.");
		ask_and_act(frm, __("Move Up"), fields, "kyodo_frappe.proposals.reserve.move_up", moved);
	});
}

function record_decline(frm) {
	const fields = [
		{ fieldname: "letter_on", fieldtype: "Date", label: __("Date of the Letter of Decline"), reqd: 1 },
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason for Declining"), reqd: 1 },
	];
	const done = __("The decline is recorded. The money is back in the budget of the call.");
	ask_and_act(frm, __("Record a Letter of Decline"), fields, "kyodo_frappe.proposals.declining.record", done);
}

// Asks for the fields and sends them with the proposal; the dialog stays open while the server refuses.
function ask_and_act(frm, title, fields, method, done) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: title,
		primary_action: (values) =>
			frappe.xcall(method, { proposal: frm.doc.name, ...values }).then(() => {
				dialog.hide();
				frappe.show_alert({ message: done, indicator: "green" });
				frm.reload_doc();
			}),
	});
	dialog.show();
}

// Buttons to download the Excel form, and to read a filled one into the draft.
function excel_form(frm, writing) {
	const group = __("Excel form");
	const address = `/api/method/kyodo_frappe.proposals.excel_forms.download?proposal=${encodeURIComponent(frm.doc.name)}`;
	frm.add_custom_button(__("Download the form"), () => window.open(address), group);
	if (!writing || !frm.perm[0].write) return;
	frm.add_custom_button(
		__("Read a filled-in form"),
		() => kyodo.read_excel_form({ proposal: frm.doc.name }, [], () => frm.reload_doc()),
		group
	);
}
