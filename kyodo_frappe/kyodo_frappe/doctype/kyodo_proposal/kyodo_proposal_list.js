frappe.listview_settings["Kyodo Proposal"] = {
	hide_name_column: true,
	onload(listview) {
		kyodo.offer_queue(listview);
		if (!frappe.user.has_role("Kyodo Officer")) return;
		listview.page.add_actions_menu_item(__("Record the Budget Vote"), () => record_vote(listview), true);
		const chosen = () => listview.get_checked_items(true);
		listview.page.add_actions_menu_item(__("Receive Several"), () => kyodo.receive_many(chosen(), () => listview.refresh()), true);
		begin_with_form(listview);
	},
};

// A proposal on paper, or an Excel form that came by mail: its blank form, and a draft made of a filled one.
function begin_with_form(listview) {
	const group = __("Excel form");
	const programme = { fieldname: "programme", label: __("Programme"), fieldtype: "Link", options: "Kyodo Programme", reqd: 1 };
	const organisation = {
		fieldname: "organisation",
		label: __("Organisation"),
		fieldtype: "Link",
		options: "Kyodo Organisation",
		reqd: 1,
	};
	const blank = "/api/method/kyodo_frappe.proposals.excel_forms.download";
	const download = (values) => window.open(`${blank}?${new URLSearchParams(values)}`);
	listview.page.add_inner_button(__("Download the blank form"), () => frappe.prompt([programme], download, group), group);
	const open = (taken) => frappe.set_route("Form", "Kyodo Proposal", taken.proposal);
	const begin = () => kyodo.read_excel_form({}, [programme, organisation], open);
	listview.page.add_inner_button(__("Start a draft with this"), begin, group);
}

// The council votes once for all proposals of a year.
function record_vote(listview) {
	const proposals = listview.get_checked_items(true);
	const dialog = new frappe.ui.Dialog({
		title: __("Record the Budget Vote"),
		fields: [
			{ fieldname: "count", fieldtype: "HTML", options: `<p>${__("Proposals chosen: {0}", [proposals.length])}</p>` },
			{ fieldname: "voted_on", fieldtype: "Date", label: __("Budget Voted On"), reqd: 1, default: frappe.datetime.get_today() },
			{
				fieldname: "vote",
				fieldtype: "Select",
				label: __("Outcome of the Vote"),
				reqd: 1,
				options: [
					{ value: "1", label: __("The budget passed: adopted") },
					{ value: "0", label: __("The budget failed: not adopted") },
				],
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason the Budget Failed"),
				depends_on: "eval:doc.vote === '0'",
				mandatory_depends_on: "eval:doc.vote === '0'",
				description: __("The letter to the organisation gives this reason."),
			},
		],
		primary_action_label: __("Record"),
		async primary_action({ voted_on, vote, reason }) {
			const args = { proposals, voted_on, passed: vote, reason: reason || "" };
			const rehearsed = { ...args, proposals: JSON.stringify(proposals) };
			const looked_up = kyodo.show_rehearsal("kyodo_frappe.committee.budget_vote.what_is_sent", rehearsed, __("Record"));
			if (!(await looked_up.catch(() => false))) return;
			frappe.xcall("kyodo_frappe.committee.budget_vote.record", args).then((states) => {
				dialog.hide();
				frappe.show_alert({ message: __("Recorded: {0}. The letters are issued.", [states.length]), indicator: "green" });
				listview.clear_checked_items();
				listview.refresh();
			});
		},
	});
	dialog.show();
}
