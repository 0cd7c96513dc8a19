frappe.ui.form.on("Kyodo Programme", {
	refresh(frm) {
		if (frm.is_new() || !frappe.user.has_role("Kyodo Manager")) return;
		frm.add_custom_button(__("Take a Form From the Library"), () => choose_form(frm));
	},
});

function choose_form(frm) {
	frappe.call({ method: "kyodo_frappe.services.clause_library.forms", type: "GET" }).then(({ message: forms }) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Take a Form From the Library"),
			fields: [
				{
					fieldname: "code",
					fieldtype: "Select",
					label: __("Form of Collaboration"),
					reqd: 1,
					options: forms.map((form) => ({ value: form.code, label: form.form_name })),
					onchange: () => show_form(dialog, forms),
				},
				{ fieldname: "about", fieldtype: "HTML" },
			],
			primary_action_label: __("Take It"),
			primary_action: ({ code }) => {
				dialog.hide();
				take(frm, code);
			},
		});
		dialog.show();
	});
}

function show_form(dialog, forms) {
	const form = forms.find((row) => row.code === dialog.get_value("code"));
	const about = document.createElement("div");
	for (const text of form ? [form.description, form.headings.join("／"), `${__("Source")}: ${form.source}`] : []) {
		const line = document.createElement("p");
		line.textContent = text;
		about.append(line);
	}
	dialog.fields_dict.about.$wrapper.empty().append(about);
}

function take(frm, code) {
	frappe.xcall("kyodo_frappe.services.clause_library.take_form", { programme: frm.doc.name, code }).then((brought) => {
		const brings = brought.clauses.length;
		frappe.show_alert({
			message: brings ? __("{0} clauses were added. Nothing of yours was changed.", [brings]) : __("Nothing was missing."),
			indicator: "green",
		});
		frm.reload_doc();
	});
}
