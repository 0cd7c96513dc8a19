// What several forms of the desk share.
frappe.provide("kyodo");

// -- texts that hold HTML ----------------------------------------------------------------------

// The server refuses texts with tags. For what came past it (an older version, another program), a tag shows as it was
// written instead of being obeyed; everything else, “1 < 2” too, is left alone.
kyodo.plain = (text) => (typeof text === "string" ? text.replace(/<(?=[a-z/!?])/gi, "&lt;") : text);

// Frappe shows texts as HTML in lists, grids, reports, titles and links.
(() => {
	const ours = (df) => df && (df.parent || "").startsWith("Kyodo ");
	for (const kind of ["Data", "SmallText", "Text", "LongText", "Select", "Link", "DynamicLink", "Autocomplete", "ReadOnly"]) {
		const format = frappe.form.formatters[kind];
		if (!format) continue;
		frappe.form.formatters[kind] = (value, df, ...more) => format(ours(df) ? kyodo.plain(value) : value, df, ...more);
	}
	const title = frappe.utils.get_link_title;
	if (title) frappe.utils.get_link_title = (doctype, name) => (doctype.startsWith("Kyodo ") ? kyodo.plain(title(doctype, name)) : title(doctype, name));
	// Frappe's own takes whole tags away only
	const strip = window.strip_html;
	window.strip_html = (text) => kyodo.plain(strip(text));
})();

// -- what states mean ---------------------------------------------------------------------------

// As the Workflow of the site says (workflows/states.py); a record that is not saved yet is being written.
kyodo.states = (doctype, ...categories) =>
	Object.entries((frappe.boot.kyodo_states || {})[doctype] || {})
		.filter(([, category]) => categories.includes(category))
		.map(([state]) => state);
kyodo.is_in = (doc, ...categories) =>
	doc.workflow_state ? kyodo.states(doc.doctype, ...categories).includes(doc.workflow_state) : categories.includes("Writing");

// -- the city's words ---------------------------------------------------------------------------

// As its records say (common/vocabulary.py), so that an id is shown in no place where people read.
kyodo.word = (doctype, name) => (((frappe.boot.kyodo_words || {})[doctype] || {})[name] || [__(name)])[0];
kyodo.choices = (doctype) =>
	Object.entries((frappe.boot.kyodo_words || {})[doctype] || {})
		.filter(([, [, enabled]]) => enabled)
		.map(([value, [label]]) => ({ value, label }));
kyodo.held_like = (type) => (frappe.boot.kyodo_held_like || {})[type] || type;

// Cells of our reports.
kyodo.report_cell = (value, row, column, data, format) => format(kyodo.plain(value), row, column, data);

// A city with one programme need not choose it.
kyodo.choose_programme = (frm) => {
	if (frm.doc.programme) return;
	const asked = { filters: { is_active: 1 }, fields: ["name"], limit: 2, order_by: "creation" };
	frappe.db.get_list("Kyodo Programme", asked).then((rows) => {
		if (frm.is_new() && rows.length === 1) frm.set_value("programme", rows[0].name);
	});
};

// What keeps a programme from being opened, and what is better done before: {html, ready}.
kyodo.look_before_opening = (programme) =>
	frappe.call({ method: "kyodo_frappe.programme.opening.look", type: "GET", args: { programme } }).then(({ message: { missing, hints } }) => {
		const list = (title, lines) => {
			const items = lines.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`).join("");
			return lines.length ? `<h5>${title}</h5><ul>${items}</ul>` : "";
		};
		const none = missing.length ? "" : `<p>${__("Nothing is missing.")}</p>`;
		return { html: none + list(__("Still Missing"), missing) + list(__("Better Done Before"), hints), ready: !missing.length };
	});

kyodo.open_programme = (programme) =>
	frappe.xcall("kyodo_frappe.programme.opening.open_programme", { programme }).then(() => {
		frappe.show_alert({ message: __("The programme “{0}” is open to the public.", [frappe.utils.escape_html(programme)]), indicator: "green" });
	});

// `parts`: [{value: fieldname, label}] that a correction can name, for the rows of the grid.
kyodo.offer_parts = (frm, parts) => {
	const choices = [{ value: "", label: __("The whole") }, ...parts].map((part) => ({ ...part, label: kyodo.plain(part.label) }));
	const label = (value) => (choices.find((choice) => choice.value === (value || "")) || {}).label || value;
	const grid = frm.fields_dict.corrections.grid;
	grid.update_docfield_property("field", "options", choices);
	grid.update_docfield_property("field", "formatter", (value) => kyodo.plain(label(value)));
	frm.refresh_field("corrections"); // rows drawn before the choices came show fieldnames
};

kyodo.ask_for_correction = (frm, parts) => {
	const dialog = new frappe.ui.Dialog({
		title: __("Ask for a Correction"),
		fields: [
			{ fieldname: "field", label: __("Part"), fieldtype: "Select", options: [{ value: "", label: __("The whole") }, ...parts] },
			{
				fieldname: "reason",
				label: __("What To Correct"),
				fieldtype: "Small Text",
				reqd: 1,
				description: __("The organisation reads it beside this part. When all is listed, press “Return” under “Actions”: then it is sent."),
			},
		],
		primary_action_label: __("Add"),
		primary_action({ field, reason }) {
			const chosen = parts.find((part) => part.value === field);
			frm.add_child("corrections", { field, field_label: chosen ? chosen.label : "", reason });
			frm.refresh_field("corrections");
			dialog.hide();
			frm.save();
		},
	});
	dialog.show();
};

// In the desk works the city; what the organisation wrote down is the organisation's to change, and the office is no side.
kyodo.writes_for = (side) => side === "City" && frappe.user.has_role("Kyodo Section Officer");

// -- the talk about a project's plan and agreement --------------------------------------------

kyodo.show_points = (project) => {
	frappe.set_route("List", "Kyodo Open Point", { project });
};

kyodo.raise_point = (project) => {
	const about = ["Plan", "Roles", "Schedule", "Indicators", "Money", "People", "Risks", "Term", "Clauses", "Other"];
	frappe.prompt(
		[
			{
				fieldname: "about",
				fieldtype: "Select",
				label: __("Concerns"),
				default: "Other",
				options: about.map((value) => ({ value, label: __(value) })),
			},
			{ fieldname: "subject", fieldtype: "Data", label: __("What it is about, in a few words"), reqd: 1 },
			{ fieldname: "suggestion", fieldtype: "Text", label: __("What your side suggests") },
		],
		(values) =>
			frappe
				.xcall("kyodo_frappe.partnership.negotiation.raise_point", { project, ...values })
				.then((name) => frappe.set_route("Form", "Kyodo Open Point", name)),
		__("Raise a Point"),
		__("Raise a Point")
	);
};

kyodo.show_changes = (project) => {
	const asked = { method: "kyodo_frappe.partnership.negotiation.changes_of", type: "GET", args: { project } };
	frappe.call(asked).then(({ message: rows }) => {
		const heads = [__("When"), __("Changed By"), __("What"), __("Before the Change"), __("After the Change")];
		const table = $('<table class="table table-bordered"></table>');
		const line = (cells, tag) => $("<tr></tr>").append(cells.map((cell) => $(`<${tag}></${tag}>`).text(cell || "")));
		table.append($("<thead></thead>").append(line(heads, "th")));
		const sides = { City: __("City side"), Organisation: __("Organisation side") };
		const cells = (row) => [
			frappe.datetime.str_to_user(row.at),
			`${row.who} ${sides[row.side] || ""}`,
			`${__(row.record)} ${row.label}`,
			row.before,
			row.after,
		];
		table.append($("<tbody></tbody>").append(rows.map((row) => line(cells(row), "td"))));
		const dialog = new frappe.ui.Dialog({ title: __("Who Changed What"), size: "extra-large" });
		dialog.$body.append(rows.length ? table : $("<p></p>").text(__("Nothing has been changed yet.")));
		dialog.show();
	});
};

// -- Excel files that are read and stored nowhere ----------------------------------------------

// Sends a chosen file with `args` to a whitelisted method; answers its message, shows what it refuses.
kyodo.send_file = (method, file, args) => {
	const body = new FormData();
	body.append("file", file);
	Object.entries(args).forEach(([key, value]) => body.append(key, value ?? ""));
	const headers = { "X-Frappe-CSRF-Token": frappe.csrf_token, Accept: "application/json" };
	frappe.dom.freeze(__("Reading the file …")); // a long list takes seconds
	return fetch(`/api/method/${method}`, { method: "POST", headers, body })
		.then((answer) => answer.json().then((told) => ({ ok: answer.ok, told })))
		.then(({ ok, told }) => {
			if (ok) return told.message;
			const said = JSON.parse(told._server_messages || "[]").map((text) => JSON.parse(text).message);
			frappe.msgprint({ title: __("Not read"), indicator: "red", message: said.join("<br>") || __("This is not possible.") });
			throw new Error(said.join(" "));
		})
		.finally(() => frappe.dom.unfreeze());
};

// A dialog with a field for a file: `fields` above it; `act(file, values, dialog)` on its button.
kyodo.choose_file = (title, label, fields, act) => {
	const html = { fieldname: "file", fieldtype: "HTML" };
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [...fields, html],
		primary_action_label: label,
		primary_action(values) {
			const file = dialog.$wrapper.find("input[type=file]")[0].files[0];
			if (!file) return frappe.msgprint(__("Please choose a file first."));
			act(file, values, dialog);
		},
	});
	const input = $(`<label class="control-label"></label>`).text(__("Excel file (.xlsx)"));
	dialog.fields_dict.file.$wrapper.append(input, $(`<input type="file" accept=".xlsx" class="form-control">`));
	dialog.show();
	return dialog;
};

kyodo.lines = (texts) => $("<ul></ul>").append(texts.map((text) => $("<li></li>").text(text)))[0].outerHTML;

// Gives the choices of a table's column other words than they have elsewhere: `words` is {value: label}.
kyodo.name_choices = (frm, table, column, words) => {
	const { grid } = frm.fields_dict[table];
	const choices = Object.entries(words).map(([value, label]) => (value ? { value, label } : ""));
	grid.update_docfield_property(column, "options", choices);
	grid.update_docfield_property(column, "formatter", (value) => frappe.utils.escape_html(words[value] || value || ""));
	frm.refresh_field(table); // rows drawn before show the ids
};

// In a table of questions “for” and “against” are no votes: they say what a yes speaks for.
kyodo.name_directions = (frm, table) =>
	kyodo.name_choices(frm, table, "direction", { For: __("A reason for kyodo"), Against: __("A reason against kyodo") });

// The fiscal year in which today lies.
kyodo.this_year = () => {
	const today = frappe.datetime.str_to_obj(frappe.datetime.get_today());
	return today.getFullYear() - (today.getMonth() < 3 ? 1 : 0);
};

// The year of a programme as rows of programme/year.py: [{day, kind, kind_shown, title, note}]
kyodo.calendar_table = (rows) => {
	const h = (text) => frappe.utils.escape_html(String(text ?? ""));
	if (!rows.length) return $(`<p>${h(__("Nothing is planned for this year yet."))}</p>`);
	const heads = [__("Day"), __("Kind"), __("Title"), __("Remarks")];
	const lines = rows.map((row) => `<tr><td class="text-nowrap">${h(row.day)}</td><td class="text-nowrap">${h(row.kind_shown)}</td><td>${h(row.title)}</td><td>${h(row.note)}</td></tr>`);
	return $(`<div class="table-responsive"><table class="table table-bordered"><thead><tr>${heads.map((t) => `<th>${h(t)}</th>`).join("")}</tr></thead><tbody>${lines.join("")}</tbody></table></div>`);
};

// First what a filled form of a proposal would change, then, when told so, into the draft.
kyodo.read_excel_form = (about, fields, done) =>
	kyodo.choose_file(__("Read a filled-in form"), __("Look through the form"), fields, (file, values, dialog) => {
		const args = { ...about, ...values };
		kyodo.send_file("kyodo_frappe.proposals.excel_forms.check", file, args).then((told) => {
			const changes = told.changes.map((row) => `${row.place}：${row.before ? `${row.before} → ` : ""}${row.after || __("(taken away)")}`);
			const problems = told.problems.map((row) => [row.text, row.typed].filter(Boolean).join("　"));
			const part = (title, lines) => (lines.length ? `<h5>${frappe.utils.escape_html(title)}</h5>${kyodo.lines(lines)}` : "");
			const body = part(__("{0} places could not be read", [problems.length]), problems) + part(__("What the form changes"), changes);
			if (!changes.length) return frappe.msgprint(body || __("The form says what the draft says already: there is nothing to change."));
			frappe.confirm(body, () =>
				kyodo.send_file("kyodo_frappe.proposals.excel_forms.take", file, args).then((taken) => {
					dialog.hide();
					frappe.show_alert({ message: __("The form is in the draft."), indicator: "green" });
					done(taken);
				})
			);
		});
	});
