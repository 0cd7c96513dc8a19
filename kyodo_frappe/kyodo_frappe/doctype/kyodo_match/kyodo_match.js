// A section answers for itself; the office records answers by phone and the outcome.
frappe.ui.form.on("Kyodo Match", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.state === "Introduced") offer_answers(frm);
		if (!frappe.user.has_role("Kyodo Officer")) return;
		if (["Introduced", "Talking"].includes(frm.doc.state)) frm.add_custom_button(__("Record the Outcome"), () => conclude(frm));
	},
});

function offer_answers(frm) {
	const asked = { method: "kyodo_frappe.support.introductions.sides_to_answer", type: "GET", args: { match: frm.doc.name } };
	frappe.call(asked).then(({ message }) => {
		const labels = { need: __("Who registered the need"), other: __("Who was introduced") };
		message.forEach((side) => frm.add_custom_button(labels[side], () => answer(frm, side), __("Record an Answer")));
	});
}

function answer(frm, side) {
	frappe.prompt(
		[
			{
				fieldname: "answer",
				fieldtype: "Select",
				label: __("Answer"),
				reqd: 1,
				options: [
					{ value: "Yes", label: __("Would like to talk") },
					{ value: "No", label: __("Not this time") },
				],
			},
			{
				fieldname: "contact",
				fieldtype: "Data",
				label: __("Contact for the other side"),
				description: __("The other side sees it once both would like to talk."),
				depends_on: "eval:doc.answer === 'Yes'",
			},
		],
		(values) =>
			frappe
				.xcall("kyodo_frappe.support.introductions.answer_introduction", { match: frm.doc.name, side, ...values })
				.then(() => frm.reload_doc()),
		__("Record an Answer"),
		__("Record an Answer")
	);
}

function conclude(frm) {
	frappe.prompt(
		[
			{ fieldname: "came_together", fieldtype: "Check", label: __("They came together") },
			{ fieldname: "outcome", fieldtype: "Small Text", label: __("What Came of It") },
		],
		(values) =>
			frappe.xcall("kyodo_frappe.support.introductions.conclude", { match: frm.doc.name, ...values }).then(() => frm.reload_doc()),
		__("Record the Outcome"),
		__("Record the Outcome")
	);
}
