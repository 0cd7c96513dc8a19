frappe.ui.form.on("Kyodo Call", {
	onload(frm) {
		if (frm.is_new()) kyodo.choose_programme(frm);
	},

	refresh(frm) {
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

// The number of proposals, and what is left of the budget of the call.
function describe_budget(budget) {
	const yen = (amount) => `${Math.round(amount).toLocaleString("ja-JP")}${__("yen")}`;
	const submitted = __("{0} proposals are submitted, requesting {1}.", [budget.proposals, yen(budget.asked)]);
	if (!budget.frame) return submitted;
	return `${submitted} ${__("{0} of the budget of {1} are granted, {2} are left.", [yen(budget.granted), yen(budget.frame), yen(budget.left)])}`;
}
