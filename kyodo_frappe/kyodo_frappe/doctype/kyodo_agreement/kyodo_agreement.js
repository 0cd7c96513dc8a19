frappe.ui.form.on("Kyodo Agreement", {
	before_workflow_action: (frm) => kyodo.confirm_act(frm, { Offer: offered_text }),

	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Agreement as PDF"), () => open_pdf(frm));
		frm.add_custom_button(__("Open Points"), () => kyodo.show_points(frm.doc.project), __("Negotiation"));
		frm.add_custom_button(__("Raise a Point"), () => kyodo.raise_point(frm.doc.project), __("Negotiation"));
		frm.add_custom_button(__("Who Changed What"), () => kyodo.show_changes(frm.doc.project), __("Negotiation"));
		if (frm.doc.workflow_state === "Drafting") show_missing(frm);
		if (frm.doc.workflow_state === "Offered" && !frm.is_dirty()) offer_confirmation(frm);
		if (frm.doc.workflow_state === "Concluded") {
			frm.add_custom_button(__("Draft an amendment"), () => amend(frm));
		}
	},
});

function offer_confirmation(frm) {
	const method = "kyodo_frappe.partnership.agreement_check.confirmations";
	frappe.call({ method, type: "GET", args: { agreement: frm.doc.name } }).then(({ message: { waiting, party } }) => {
		frm.set_intro(frappe.utils.escape_html(__("Not confirmed yet by: {0}.", [waiting.join(__(", "))])), "blue");
		if (!waiting.includes(party)) return;
		frm.add_custom_button(__("Confirm This Text"), () => confirm_text(frm)).addClass("btn-primary");
	});
}

function open_pdf(frm) {
	const address = "/api/method/kyodo_frappe.partnership.agreement_paper.download";
	window.open(`${address}?agreement=${encodeURIComponent(frm.doc.name)}`);
}

function show_missing(frm) {
	const asked = { agreement: frm.doc.name };
	const method = "kyodo_frappe.partnership.agreement_check.before_offering";
	frappe.call({ method, type: "GET", args: asked }).then(({ message: { missing, differs, other_days } }) => {
		for (const sentence of missing) frm.dashboard.add_comment(frappe.utils.escape_html(sentence), "yellow", true);
		if (other_days.length) {
			const named = __("These clauses name dates other than the term of the agreement: {0}. Please correct them.", [
				other_days.join(__(", ")),
			]);
			frm.dashboard.add_comment(frappe.utils.escape_html(named), "yellow", true);
		}
		if (!differs.length) return;
		const told = __("The current plan differs in: {0}.", [differs.join(__(", "))]);
		frm.dashboard.add_comment(frappe.utils.escape_html(told), "blue", true);
		frm.add_custom_button(__("Update the text to the current plan"), () =>
			frappe.xcall("kyodo_frappe.partnership.agreement_drafts.take_plan", asked).then(() => frm.reload_doc())
		);
	});
}

function amend(frm) {
	frappe.prompt(
		[{ fieldname: "reason", fieldtype: "Small Text", label: __("Why it is amended"), reqd: 1 }],
		({ reason }) =>
			frappe
				.xcall("kyodo_frappe.partnership.agreement_terms.begin_amendment", { agreement: frm.doc.name, reason })
				.then((name) => frappe.set_route("Form", "Kyodo Agreement", name)),
		__("Draft an amendment"),
		__("Draft an amendment")
	);
}

// Shows the sheet that is confirmed, who has confirmed it already, and only then the button. The hash of what was shown goes with it.
async function confirm_text(frm) {
	const text = await text_of(frm);
	const { position } = await kyodo.confirm_shown({
		title: __("Confirm This Text"),
		page: text.html,
		facts: [__("You confirm for: {0}", [text.party]), ...standing(text), __("Hash of the Text") + ": " + text.content_hash],
		fields: [{ fieldname: "position", fieldtype: "Data", label: __("Position"), reqd: 1, default: text.position }],
		agreed: __("I have read this text and agree to it word for word."),
		label: __("Confirm"),
	});
	const args = { agreement: frm.doc.name, content_hash: text.content_hash, position };
	const { waiting } = await frappe.xcall("kyodo_frappe.partnership.agreements.confirm", args);
	await frm.reload_doc();
	if (waiting.length) {
		const said = __("You have confirmed the text. Not confirmed yet by: {0}.", [waiting.join(__(", "))]);
		frappe.show_alert({ message: frappe.utils.escape_html(said), indicator: "green" }, 10);
	}
}

function text_of(frm) {
	const method = "kyodo_frappe.partnership.agreement_check.text_to_confirm";
	return frappe.call({ method, type: "GET", args: { agreement: frm.doc.name } }).then(({ message }) => message);
}

function standing({ confirmed, waiting }) {
	const said = confirmed.map((row) => __("Confirmed: {0}", [row]));
	return waiting.length ? [...said, __("Not confirmed yet by: {0}.", [waiting.join(__(", "))])] : said;
}

async function offered_text(frm) {
	const text = await text_of(frm);
	return {
		title: __("Fix the text and offer it for confirmation"),
		page: text.html,
		facts: [__("All parties are asked to confirm this text word for word.")],
		label: __("Offer"),
	};
}
