// The server computes the candidates of a need; the office sees the reasons here and introduces both sides.
frappe.ui.form.on("Kyodo Need", {
	refresh(frm) {
		kyodo.choose_programme(frm);
		if (frm.is_new()) return;
		const live = ["Open", "In Talks"].includes(frm.doc.state);
		if (frm.doc.wants_publishing)
			frm.set_intro(__("The organisation would like it to be shown. Please look at it, then tick “Shown to the Public”."), "blue");
		if (live) {
			if (frappe.user.has_role("Kyodo Officer"))
				frm.add_custom_button(__("Matching Candidates"), () => show_candidates(frm)).addClass("btn-primary");
			frm.add_custom_button(__("Close the Need or Offer"), () => close(frm));
		} else {
			frm.disable_form();
			frm.add_custom_button(__("Open It Again"), () =>
				frappe.xcall("kyodo_frappe.support.matching.reopen_need", { need: frm.doc.name }).then(() => frm.reload_doc())
			);
		}
		frm.add_custom_button(__("Introductions"), () => frappe.set_route("List", "Kyodo Match", { need: frm.doc.name }));
	},
});

function close(frm) {
	frappe.prompt(
		[
			{
				fieldname: "result",
				fieldtype: "Select",
				label: __("What Came of It"),
				reqd: 1,
				options: ["Met", "Withdrawn"].map((value) => ({ value, label: __(value) })),
			},
			{ fieldname: "outcome", fieldtype: "Small Text", label: __("Details") },
		],
		(values) =>
			frappe.xcall("kyodo_frappe.support.matching.close_need", { need: frm.doc.name, ...values }).then(() => frm.reload_doc()),
		__("Close the Need or Offer"),
		__("Close the Need or Offer")
	);
}

function show_candidates(frm) {
	const asked = { method: "kyodo_frappe.support.matching.candidates", type: "GET", args: { need: frm.doc.name } };
	frappe.call(asked).then(({ message }) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Matching Candidates"),
			size: "large",
			fields: [{ fieldname: "found", fieldtype: "HTML" }],
		});
		const parts = [
			[__("Needs and Offers"), message.needs],
			[__("Organisations"), message.organisations],
			[__("People to Send"), message.people],
		].filter(([, rows]) => rows.length);
		const $found = dialog.fields_dict.found.$wrapper.empty();
		if (!parts.length)
			$("<p>").text(__("There are no candidates yet. Fields of activity, areas and skills help to find some.")).appendTo($found);
		parts.forEach(([title, rows]) => {
			$("<h5>").text(title).appendTo($found);
			rows.forEach((row) => candidate(frm, dialog, row).appendTo($found));
		});
		dialog.show();
	});
}

function candidate(frm, dialog, row) {
	const $row = $('<div class="border rounded p-3 mb-3">');
	$("<strong>").text(row.title).appendTo($row);
	$('<span class="text-muted ml-2">').text(row.note).appendTo($row);
	const $reasons = $("<ul>").appendTo($row);
	row.reasons.forEach((reason) => $("<li>").text(reason).appendTo($reasons));
	const $button = $('<button class="btn btn-default btn-sm">').text(row.introduced ? __("Introduced") : __("Introduce"));
	$button
		.prop("disabled", row.introduced)
		.appendTo($row)
		.on("click", () => {
			const values = { need: frm.doc.name, kind: row.kind, target: row.name };
			frappe.xcall("kyodo_frappe.support.introductions.introduce", values).then(() => {
				frappe.show_alert({ message: __("The introduction has been recorded."), indicator: "green" });
				dialog.hide();
				frm.reload_doc();
			});
		});
	return $row;
}
