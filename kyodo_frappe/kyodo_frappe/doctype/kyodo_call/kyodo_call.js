frappe.ui.form.on("Kyodo Call", {
	setup(frm) {
		frappe.meta.get_docfield(frm.doctype, "call_type").formatter = kyodo.call_type_word; // where it cannot be changed
	},

	onload(frm) {
		frm.set_df_property("call_type", "options", kyodo.call_types(frappe.meta.get_docfield(frm.doctype, "call_type").options));
		if (frm.is_new()) kyodo.choose_programme(frm);
	},

	refresh(frm) {
		show_rules(frm);
		// grants are for the office only until they are announced
		if (frm.is_new() || !["Kyodo Officer", "Kyodo Manager"].some((role) => frappe.user.has_role(role))) return;
		frappe
			.call({ method: "kyodo_frappe.programme.call_budget.frame_of", type: "GET", args: { call: frm.doc.name } })
			.then(({ message }) => {
				frm.dashboard.clear_headline();
				frm.dashboard.set_headline(describe_budget(message));
			});
	},
});

// Offers the fields of a proposal that a call may ask.
frappe.ui.form.on("Kyodo Call Question", {
	form_render: offer_fields,
	questions_add: offer_fields,
});

async function offer_fields(frm) {
	const args = { form: "Proposal" };
	const { message } = await frappe.call({ method: "kyodo_frappe.programme.form_declaration.fields_offered", type: "GET", args });
	frm.fields_dict.questions.grid.update_docfield_property("fieldname", "options", message);
}

// The rules that hold for the call, and which of them it says itself.
async function show_rules(frm) {
	if (frm.is_new()) return;
	const args = { call: frm.doc.name };
	const { message } = await frappe.call({ method: "kyodo_frappe.programme.call_words.in_words", type: "GET", args });
	const source = (line) => (line.own ? __("of this call") : __("of the programme"));
	const lines = (part) =>
		part.lines.map((line) => `<li>${frappe.utils.escape_html(line.text)} <small class="text-muted">${source(line)}</small></li>`);
	const parts = message.map((part) => `<h5>${frappe.utils.escape_html(part.heading)}</h5><ul>${lines(part).join("")}</ul>`);
	frm.fields_dict.words.$wrapper.html(
		parts.join("") || `<p class="text-muted">${__("The call and its programme set no conditions.")}</p>`
	);
}

// The number of proposals, what is left of the budget of the call, and what its later years are promised.
function describe_budget(budget) {
	const yen = (amount) => `${Math.round(amount).toLocaleString("ja-JP")}${__("yen")}`;
	const said = [__("{0} proposals are submitted, requesting {1}.", [budget.proposals, yen(budget.asked)])];
	if (budget.frame) {
		const amounts = [yen(budget.granted), yen(budget.frame), yen(budget.left)];
		said.push(__("{0} of the budget of {1} are granted, {2} are left.", amounts));
	}
	if (budget.promised) said.push(__("{0} are promised by earlier calls for this year.", [yen(budget.promised)]));
	for (const year of budget.years.filter((one) => one.granted)) {
		said.push(__("Fiscal year {0}: {1} are granted.", [year.fiscal_year, yen(year.granted)]));
	}
	return said.join(" ");
}
