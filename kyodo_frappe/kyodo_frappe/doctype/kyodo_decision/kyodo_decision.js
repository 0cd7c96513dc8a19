frappe.ui.form.on("Kyodo Decision", {
	refresh(frm) {
		if (frm.doc.docstatus === 1 && frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Correct in a Meeting"), () => choose_meeting(frm));
		}
	},
});

// Only a meeting can correct a decision: puts the correction on an agenda.
function choose_meeting(frm) {
	frappe.prompt(
		{
			fieldname: "meeting",
			fieldtype: "Link",
			options: "Kyodo Meeting",
			label: __("Meeting"),
			reqd: 1,
			get_query: () => ({
				filters: {
					committee: frm.doc.committee,
					workflow_state: ["in", kyodo.states("Kyodo Meeting", "Writing", "Waiting", "Examined")],
				},
			}),
		},
		({ meeting }) =>
			frappe
				.xcall("kyodo_frappe.committee.amendments.put_on_agenda", { decision: frm.doc.name, meeting })
				.then(() => frappe.set_route("Form", "Kyodo Meeting", meeting)),
		__("Correct in a Meeting"),
		__("Put on the Agenda")
	);
}
