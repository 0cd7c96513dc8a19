frappe.ui.form.on("Kyodo Page", {
	onload(frm) {
		if (frm.is_new()) kyodo.choose_programme(frm);
	},
	refresh(frm) {
		if (frm.is_new()) return;
		const writes = frm.perm[0] && frm.perm[0].write;
		if (frm.doc.published) {
			const place = frm.doc.audience === "Everybody" ? "guide" : "my/guide";
			frm.add_web_link(`/kyodo/${place}/${frm.doc.name}`, __("Preview of the Page"));
		}
		if (frm.doc.differs) {
			const group = __("Default Text");
			frm.add_custom_button(__("Show the Differences"), () => show_differences(frm), group);
			if (writes) frm.add_custom_button(__("Restore the Default Text"), () => take_default(frm), group);
			frm.page.set_indicator(__("Differs from the app's text"), "orange");
		}
		const fixed = frm.doc.page_kind === "Guideline" && frm.doc.adopted_on;
		frm.set_df_property("body", "read_only", fixed ? 1 : 0);
		if (!writes) return;
		frm.add_custom_button(__("Preview"), () => preview(frm));
		offer_revision(frm);
	},
});

const call = (frm, method, args) =>
	frappe.xcall(method, { page: frm.doc.name, ...args }).then((result) => {
		frm.reload_doc();
		return result;
	});

// the rendered text: while a revision is under way, that of the revision
function preview(frm) {
	const text = (frm.doc.revising ? frm.doc.revision : frm.doc.body) || "";
	frappe.xcall("kyodo_frappe.learning.guides.preview", { page: frm.doc.name, text }).then((html) => {
		const dialog = new frappe.ui.Dialog({ title: frappe.utils.escape_html(frm.doc.page_title), size: "large" });
		dialog.$body.append($('<div class="kyodo-page"></div>').html(html));
		dialog.show();
	});
}

function offer_revision(frm) {
	const group = __("Revision");
	if (!frm.doc.revising) {
		frm.add_custom_button(
			__("Begin a Revision"),
			() =>
				frappe.prompt(
					[{ fieldname: "reason", fieldtype: "Small Text", label: __("Why It Is Revised"), reqd: 1 }],
					({ reason }) => call(frm, "kyodo_frappe.learning.guides.begin_revision", { reason }),
					__("Begin a Revision"),
					__("Begin a Revision")
				),
			group
		);
		return;
	}
	frm.page.set_indicator(__("Under Revision"), "blue");
	tell_next_step(frm);
	frm.add_custom_button(__("Invite Comments"), () => invite_comments(frm), group);
	frm.add_custom_button(
		__("Comments Received"),
		() => frappe.set_route("List", "Kyodo Page Comment", { page: frm.doc.name, version_number: frm.doc.version_number }),
		group
	);
	frm.add_custom_button(
		__("Adopt the Revision"),
		() =>
			frappe.prompt(
				[{ fieldname: "adopted_on", fieldtype: "Date", label: __("Adopted On"), reqd: 1, default: frappe.datetime.get_today() }],
				({ adopted_on }) => call(frm, "kyodo_frappe.learning.guides.adopt", { adopted_on }),
				__("Adopt the Revision"),
				__("Adopt the Revision")
			),
		group
	);
	frm.add_custom_button(
		__("Drop the Revision"),
		() =>
			frappe.confirm(__("Drop the proposed text? The text in force stays."), () =>
				call(frm, "kyodo_frappe.learning.guides.drop_revision", {})
			),
		group
	);
}

function tell_next_step(frm) {
	if (frm.doc.comments_until) return;
	const same = (frm.doc.revision || "").trim() === (frm.doc.body || "").trim();
	const text = same
		? __("Write the new text into “Text of the Revision” below and save. Then invite comments, or adopt it.")
		: __("The proposed text is saved. Invite comments on it, or adopt it, under “Revision”.");
	frm.set_intro(text, "blue");
	if (same) frm.scroll_to_field("revision");
}

function invite_comments(frm) {
	const today = frappe.datetime.get_today();
	frappe.prompt(
		[
			{ fieldname: "comments_from", fieldtype: "Date", label: __("Comments From"), reqd: 1, default: frm.doc.comments_from || today },
			{
				fieldname: "comments_until",
				fieldtype: "Date",
				label: __("Comments Until"),
				reqd: 1,
				default: frm.doc.comments_until || frappe.datetime.add_days(today, 30),
				description: __("The proposed text cannot be changed while comments are invited."),
			},
		],
		(values) => call(frm, "kyodo_frappe.learning.guides.invite_comments", values),
		__("Invite Comments"),
		__("Invite Comments")
	);
}

function take_default(frm) {
	frappe.confirm(__("Replace the text of this page with the app's default?"), () =>
		call(frm, "kyodo_frappe.learning.guides.take_default", {})
	);
}

function show_differences(frm) {
	const asked = { method: "kyodo_frappe.learning.guides.changes_from_default", type: "GET", args: { page: frm.doc.name } };
	frappe.call(asked).then(({ message: parts }) => {
		const tags = { insert: "<ins></ins>", delete: "<del></del>", equal: "<span></span>" };
		const text = $('<div style="white-space: pre-wrap"></div>');
		for (const [op, words] of parts) text.append($(tags[op]).text(words));
		const dialog = new frappe.ui.Dialog({ title: __("Show the Differences"), size: "extra-large" });
		dialog.$body.append(
			$("<p></p>").text(__("Underlined: the city's words. Struck out: the app's words that the city has left out.")),
			text
		);
		dialog.show();
	});
}
