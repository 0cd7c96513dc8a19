frappe.ui.form.on("Kyodo Call", {
	onload(frm) {
		if (frm.is_new()) kyodo.choose_programme(frm);
	},

	refresh(frm) {
		// what is granted is the office's until it is announced
		if (frm.is_new() || !["Kyodo Officer", "Kyodo Manager"].some((role) => frappe.user.has_role(role))) return;
		frappe
			.call({ method: "kyodo_frappe.programme.call_budget.frame_of", type: "GET", args: { call: frm.doc.name } })
			.then(({ message }) => {
				frm.dashboard.clear_headline();
				frm.dashboard.set_headline(in_words(message));
			});
	},
});

// How many have come in, and what is left of the frame.
function in_words(frame) {
	const yen = (amount) => `${Math.round(amount).toLocaleString("ja-JP")}${__("yen")}`;
	const came = __("{0} proposals are in, asking for {1}.", [frame.proposals, yen(frame.asked)]);
	if (!frame.frame) return came;
	return `${came} ${__("{0} of the frame of {1} are granted, {2} are left.", [yen(frame.granted), yen(frame.frame), yen(frame.left)])}`;
}
