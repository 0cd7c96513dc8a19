frappe.ui.form.on("Kyodo Organisation", {
	refresh(frm) {
		if (frm.is_new()) return kyodo.choose_programme(frm);
		if (frm.perm[1] && frm.perm[1].write) {
			kyodo.offer_parts(frm, parts(frm));
			if (frm.doc.workflow_state === "Applied") {
				frm.add_custom_button(__("Ask for a Correction"), () => kyodo.ask_for_correction(frm, parts(frm)));
			}
			frm.add_custom_button(__("Invite a Person"), () => invite(frm));
		}
		if (frappe.user.has_role("Kyodo Officer") || frappe.user.has_role("Kyodo Manager")) {
			show_suspects(frm);
		}
	},
});

// The parts of an organisation that a correction can name: [{value, label}].
function parts(frm) {
	const shown = ["Data", "Select", "Small Text", "Long Text", "Date", "Int", "Attach", "Table MultiSelect", "Check"];
	const tables = ["requirement_checks", "attachments"];
	return frm.meta.fields
		.filter((df) => df.label && !df.hidden && !df.read_only && !df.fieldname.endsWith("_reason"))
		.filter((df) => shown.includes(df.fieldtype) || tables.includes(df.fieldname))
		.map((df) => ({ value: df.fieldname, label: __(df.label) }));
}

function invite(frm) {
	const roles = ["Representative", "Editor", "Viewer"].map((role) => ({ value: role, label: __(role) }));
	frappe.prompt(
		[
			{ fieldname: "email", label: __("Mail address"), fieldtype: "Data", options: "Email", reqd: 1 },
			{
				fieldname: "member_role",
				label: __("Role"),
				fieldtype: "Select",
				options: roles,
				default: "Representative",
				reqd: 1,
				description: __("A representative hands in and invites, an editor writes, a viewer only reads."),
			},
		],
		({ email, member_role }) =>
			frappe.xcall("kyodo_frappe.accounts.invitations.invite", { organisation: frm.doc.name, email, member_role }).then(() =>
				frappe.show_alert({
					message: __("An invitation was sent to {0}.", [frappe.utils.escape_html(email)]),
					indicator: "green",
				})
			),
		__("Invite a Person"),
		__("Send the invitation")
	);
}

function show_suspects(frm) {
	const method = "kyodo_frappe.organisations.duplicates.candidates";
	const organisation = frm.doc.name;
	frappe.call({ type: "GET", method, args: { organisation } }).then(({ message: rows }) => {
		if (frm.doc.name !== organisation || !rows || !rows.length) return;
		const links = rows.map((row) => {
			const why = row.same === "corporate_number" ? __("same corporate number") : __("same name");
			const title = frappe.utils.escape_html(`${row.organisation_name} (${row.name})`);
			return `<a href="${frappe.utils.get_form_link(frm.doctype, row.name)}">${title}</a> ${__(row.workflow_state)}・${why}`;
		});
		frm.dashboard.clear_headline();
		frm.dashboard.set_headline(`${__("This may be a duplicate of:")} ${links.join("、")}`, "orange");
		rows.forEach((row) => {
			frm.add_custom_button(
				frappe.utils.escape_html(`${row.organisation_name} (${row.name})`),
				() => merge(frm, row),
				__("Merge Into This One")
			);
		});
	});
}

function merge(frm, row) {
	const names = [row.organisation_name, row.name, frm.doc.organisation_name, frm.doc.name].map((text) => frappe.utils.escape_html(text));
	frappe.confirm(
		__(
			"“{0}” ({1}) becomes part of “{2}” ({3}) and is deleted. Its people, documents, proposals and projects move. This cannot be undone.",
			names
		),
		() =>
			frappe.xcall("kyodo_frappe.organisations.duplicates.merge", { keep: frm.doc.name, drop: row.name }).then(() => frm.reload_doc())
	);
}
