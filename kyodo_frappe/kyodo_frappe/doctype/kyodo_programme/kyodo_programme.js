frappe.ui.form.on("Kyodo Programme", {
	// a new programme, also a copy of a running one, starts as a draft
	onload(frm) {
		if (frm.is_new()) Object.assign(frm.doc, { is_draft: 1, is_active: 0 });
	},

	refresh(frm) {
		kyodo.name_directions(frm, "screening_questions");
		name_call_types(frm);
		if (frm.is_new()) return;
		const year = __("Year");
		frm.add_custom_button(__("See the Year"), () => ask_year(frm, see_year), year);
		if (frappe.user.has_role(["Kyodo Officer", "Kyodo Manager"])) {
			frm.add_custom_button(
				__("Make the Calls"),
				() => ask_year(frm, (doc, y) => make("kyodo_frappe.programme.year.make_calls", doc, y)),
				year
			);
			frm.add_custom_button(
				__("Make the Events"),
				() => ask_year(frm, (doc, y) => make("kyodo_frappe.programme.year.make_events", doc, y)),
				year
			);
			frm.add_custom_button(__("Save as a File"), () => save_as_file(frm));
		}
		if (!frappe.user.has_role("Kyodo Manager")) return;
		if (frm.doc.is_draft) {
			frm.set_intro(__("This programme is a draft: nobody but the office sees it until it is opened."), "orange");
			frm.add_custom_button(__("Open the Programme"), () => open_programme(frm));
		}
		frm.add_custom_button(__("Take a Form From the Library"), () => choose_form(frm));
	},

	validate(frm) {
		return frm.is_new() ? undefined : show_effect(frm);
	},
});

// Labels the types of the calls of a year.
function name_call_types(frm) {
	const types = kyodo.call_types(frappe.meta.get_docfield("Kyodo Call Plan", "call_type").options);
	kyodo.name_choices(frm, "call_plan", "call_type", Object.fromEntries(types.map(({ value, label }) => [value, label])));
}

// Offers the fields that a form may ask: those of the app, and those added in Customize Form.
frappe.ui.form.on("Kyodo Form Field", {
	form_render: offer_fields,
	form: offer_fields,
	form_fields_add: offer_fields,
});

async function offer_fields(frm, cdt, cdn) {
	const { message } = await frappe.call({
		method: "kyodo_frappe.programme.form_declaration.fields_offered",
		type: "GET",
		args: { form: frappe.get_doc(cdt, cdn).form },
	});
	frm.fields_dict.form_fields.grid.update_docfield_property("fieldname", "options", message);
}

frappe.ui.form.on("Kyodo Letter Numbering", {
	// the server shows what is saved
	async preview(frm, cdt, cdn) {
		if (frm.is_dirty()) await frm.save();
		const letter_type = encodeURIComponent(frappe.get_doc(cdt, cdn).letter_type);
		window.open(
			`/api/method/kyodo_frappe.letters.issue.preview?programme=${encodeURIComponent(frm.doc.name)}&letter_type=${letter_type}`
		);
	},
});

async function open_programme(frm) {
	const { html, ready } = await kyodo.look_before_opening(frm.doc.name);
	const dialog = new frappe.ui.Dialog({ title: __("Open the Programme"), fields: [{ fieldname: "seen", fieldtype: "HTML" }] });
	dialog.fields_dict.seen.$wrapper.html(html);
	if (ready) {
		dialog.set_primary_action(__("Open the Programme"), () => {
			dialog.hide();
			kyodo.open_programme(frm.doc.name).then(() => frm.reload_doc());
		});
	}
	dialog.show();
}

// Shows what a change of rules means for records under way before it is saved.
async function show_effect(frm) {
	const seen = await frappe.xcall("kyodo_frappe.programme.versions.preview", { programme: frm.doc });
	if (!seen.changes.length) return;
	const list = (lines) => `<ul>${lines.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`).join("")}</ul>`;
	const text = `<p><b>${__("What Changed")}</b></p>${list(seen.changes)}<p><b>${__("What It Means")}</b></p>${list(seen.effect)}`;
	const agreed = await new Promise((resolve) => {
		const dialog = frappe.confirm(
			text,
			() => resolve(true),
			() => resolve(false)
		);
		dialog.set_title(__("Save these changes?"));
		dialog.onhide = () => resolve(false);
	});
	if (!agreed) frappe.validated = false;
	else frm.doc.effect_seen = seen.seen;
}

function ask_year(frm, then) {
	const [year, month] = frappe.datetime.get_today().split("-").map(Number);
	const field = { fieldname: "year", label: __("Fiscal Year"), fieldtype: "Int", reqd: 1, default: month >= 4 ? year : year - 1 };
	frappe.prompt(field, (given) => then(frm.doc, given.year), __("Fiscal Year"), __("Next"));
}

function see_year(doc, year) {
	frappe
		.call({ method: "kyodo_frappe.programme.year.calendar", type: "GET", args: { programme: doc.name, fiscal_year: year } })
		.then(({ message }) => {
			const dialog = new frappe.ui.Dialog({
				title: __("The Year {0}", [year]),
				size: "large",
				fields: [{ fieldname: "rows", fieldtype: "HTML" }],
			});
			dialog.fields_dict.rows.$wrapper.append(kyodo.calendar_table(message));
			dialog.show();
		});
}

function make(method, doc, year) {
	frappe.xcall(method, { programme: doc.name, fiscal_year: year }).then((names) => {
		const message = names.length ? __("{0} were made as drafts.", [names.length]) : __("Nothing was missing.");
		frappe.show_alert({ message, indicator: "green" });
	});
}

function save_as_file(frm) {
	const address = "/api/method/kyodo_frappe.programme.file.download";
	window.open(`${address}?programme=${encodeURIComponent(frm.doc.name)}`);
}

function choose_form(frm) {
	frappe.call({ method: "kyodo_frappe.partnership.clause_library.forms", type: "GET" }).then(({ message: forms }) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Take a Form From the Library"),
			fields: [
				{
					fieldname: "code",
					fieldtype: "Select",
					label: __("Form of Collaboration"),
					reqd: 1,
					options: forms.map((form) => ({ value: form.code, label: kyodo.plain(form.form_name) })),
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
	frappe.xcall("kyodo_frappe.partnership.clause_library.take_form", { programme: frm.doc.name, code }).then((brought) => {
		const brings = brought.clauses.length;
		frappe.show_alert({
			message: brings ? __("{0} clauses were added. Nothing of yours was changed.", [brings]) : __("Nothing was missing."),
			indicator: "green",
		});
		frm.reload_doc();
	});
}

// -- the words of a message -----------------------------------------------------------------

frappe.ui.form.on("Kyodo Message", {
	words(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		const args = { message: row.event, template: row.email_template || "" };
		frappe
			.call({ method: "kyodo_frappe.messages.desk.words", type: "GET", args })
			.then(({ message: found }) => show_words(row.event, found));
	},
});

function show_words(event, found) {
	const dialog = new frappe.ui.Dialog({
		title: __(event),
		size: "large",
		fields: [
			{ fieldname: "subject", fieldtype: "Data", label: __("Subject"), default: found.subject, read_only: !found.own },
			{ fieldname: "text", fieldtype: "Text", label: __("Text"), default: found.text, read_only: !found.own },
			{ fieldname: "facts", fieldtype: "HTML" },
			{ fieldname: "section", fieldtype: "Section Break", label: __("Preview") },
			{
				fieldname: "record",
				fieldtype: found.record ? "Link" : "Data",
				options: found.record,
				label: __("Record To Try It With"),
				hidden: !found.record,
			},
			{ fieldname: "seen", fieldtype: "HTML" },
		],
		primary_action_label: __("Save These Words"),
		primary_action: ({ subject, text }) =>
			frappe.xcall("kyodo_frappe.messages.desk.reword", { message: event, subject, text }).then(() => {
				dialog.hide();
				frappe.show_alert({ message: __("Saved"), indicator: "green" });
			}),
		secondary_action_label: __("Preview"),
		secondary_action: () => {
			const { subject, text, record } = dialog.get_values();
			frappe
				.xcall("kyodo_frappe.messages.desk.preview", { message: event, subject, text, record: record || "" })
				.then((seen) => show_preview(dialog, seen));
		},
	});
	if (found.own) {
		dialog.add_custom_action(__("Reset to the Original"), () =>
			frappe
				.xcall("kyodo_frappe.messages.desk.reset", { message: event })
				.then(({ subject, text }) => dialog.set_values({ subject, text }))
		);
	} else {
		dialog.get_primary_btn().hide();
	}
	const lines = found.facts.map(({ fact, description }) => `<code>{{ ${fact} }}</code> ${frappe.utils.escape_html(description)}`);
	dialog.fields_dict.facts.$wrapper.html(`<p class="text-muted small">${lines.join("<br>")}</p>`);
	dialog.show();
}

// In an iframe without scripts, as the text and the facts are not trusted.
function show_preview(dialog, seen) {
	const frame = document.createElement("iframe");
	frame.sandbox = "";
	frame.style.cssText = "width: 100%; height: 24em; border: 1px solid var(--border-color); background: white";
	frame.srcdoc = `<p><b>${frappe.utils.escape_html(seen.subject)}</b></p>${seen.body}`;
	dialog.fields_dict.seen.$wrapper.empty().append(frame);
}
