frappe.ui.form.on("Kyodo Meeting", {
	setup(frm) {
		frm.set_query("proposal", "agenda", () => ({
			filters: { workflow_state: ["in", ["In Consultation", "Step 1", "Step 2"]] },
		}));
	},

	refresh(frm) {
		if (frm.doc.workflow_state === "In Session") {
			frm.add_custom_button(__("Record Decision"), () => choose_item(frm)).addClass("btn-primary");
		}
		if (["Convened", "In Session"].includes(frm.doc.workflow_state)) {
			frm.add_custom_button(__("Run the Session"), () => frappe.set_route("kyodo-session", frm.doc.name));
			frm.add_custom_button(__("Close Marking"), () => close_marking(frm));
		}
	},
});

function close_marking(frm) {
	frappe.confirm(__("Marks that are in are shown to the members; missing ones stay empty. Close marking now?"), () =>
		frappe
			.xcall("kyodo_frappe.services.reviews.close_marking", { meeting: frm.doc.name })
			.then((count) => frappe.show_alert(__("Released: {0}", [count])))
	);
}

function choose_item(frm) {
	const items = frm.doc.agenda.filter((row) => row.item_type === "Proposal");
	const dialog = new frappe.ui.Dialog({
		title: __("Record Decision"),
		size: "large",
		fields: [
			{
				fieldname: "agenda_item",
				fieldtype: "Select",
				label: __("Agenda Item"),
				reqd: 1,
				options: items.map((row) => ({ value: row.name, label: `${row.idx} ${row.subject}` })),
				default: items.length === 1 ? items[0].name : undefined,
			},
			{
				fieldname: "result",
				fieldtype: "Select",
				label: __("Result"),
				reqd: 1,
				options: results(frm).map((value) => ({ value, label: __(value) })),
			},
			{
				fieldname: "amount",
				fieldtype: "Currency",
				label: __("Amount"),
				depends_on: "eval:(doc.result || '').startsWith('Adopted')",
			},
			{
				fieldname: "conditions",
				fieldtype: "Small Text",
				label: __("Conditions"),
				depends_on: "eval:doc.result === 'Adopted Conditionally'",
				mandatory_depends_on: "eval:doc.result === 'Adopted Conditionally'",
			},
			{
				fieldname: "reasons",
				fieldtype: "Table",
				label: __("Reasons"),
				description: __("A proposal that is turned down is told why: leave the rows that say something."),
				in_place_edit: true,
				data: [],
				fields: [
					{ fieldname: "criterion", fieldtype: "Data", label: __("Criterion"), in_list_view: 1, columns: 2 },
					{ fieldname: "question", fieldtype: "Data", label: __("Question"), in_list_view: 1, columns: 3 },
					{
						fieldname: "finding",
						fieldtype: "Select",
						label: __("Finding"),
						options: "\n○\n△\n×",
						in_list_view: 1,
						columns: 1,
					},
					{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), in_list_view: 1, columns: 4 },
				],
			},
			{ fieldname: "advice", fieldtype: "Small Text", label: __("Advice") },
		],
		primary_action_label: __("Record Decision"),
		primary_action(values) {
			const reasons = (values.reasons || []).filter((row) => row.reason);
			frappe
				.xcall("kyodo_frappe.services.deliberation.record_decision", {
					meeting: frm.doc.name,
					agenda_item: values.agenda_item,
					result: values.result,
					amount: values.amount,
					conditions: values.conditions,
					advice: values.advice,
					reasons,
				})
				.then(() => {
					dialog.hide();
					frappe.show_alert({ message: __("The decision is noted. It becomes final when the meeting closes."), indicator: "green" });
					frm.reload_doc();
				});
		},
	});
	offer_criteria(frm, dialog);
	dialog.show();
}

function results(frm) {
	const all = ["Adopted", "Adopted Conditionally", "Adopted Pending Budget", "Passed to Step 2", "Not Adopted"];
	return frm.doc.meeting_type === "Step 2" ? all.filter((value) => value !== "Passed to Step 2") : all;
}

function offer_criteria(frm, dialog) {
	frappe.db.get_doc("Kyodo Programme", frm.doc.programme).then((programme) => {
		// the part of the sheet that a criterion judges: beside it the reason stands when the proposal comes back
		const part = Object.fromEntries(programme.sheet_parts.map((row) => [row.criterion, row.field]));
		dialog.fields_dict.reasons.df.data = programme.criteria
			.filter((row) => row.step === "Both" || row.step === frm.doc.meeting_type)
			.map((row) => ({ criterion: row.code, question: row.question, field: part[row.code] }));
		dialog.fields_dict.reasons.grid.refresh();
	});
}
