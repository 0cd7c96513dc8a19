frappe.ui.form.on("Kyodo Meeting", {
	async before_workflow_action(frm) {
		await kyodo.confirm_act(frm, { "Confirm Minutes": shown_minutes, Publish: shown_minutes });
		return kyodo.look_before_sending(frm, missing_in_invitation(frm));
	},

	setup(frm) {
		frm.set_query("proposal", "agenda", () => ({
			filters: { workflow_state: ["in", kyodo.states("Kyodo Proposal", "Examined")] },
		}));
	},

	onload(frm) {
		if (frm.is_new()) choose_committee(frm);
	},

	committee(frm) {
		if (frm.is_new()) fill_in_as_last_time(frm);
	},

	before_save(frm) {
		frm.was_new = frm.is_new();
	},

	after_save(frm) {
		if (frm.was_new && !(frm.doc.agenda || []).length) add_pending_records(frm, { quiet: true });
	},

	refresh(frm) {
		if (frm.is_new()) return;
		show_answer_counts(frm);
		show_letters_to_come(frm);
		if (frappe.user.has_role("Kyodo Officer")) add_preparation_buttons(frm);
		if (frm.doc.workflow_state === "In Session") {
			frm.add_custom_button(__("Record Decision"), () => choose_item(frm)).addClass("btn-primary");
		}
		if (kyodo.is_in(frm.doc, "Waiting", "Examined")) {
			frm.add_custom_button(__("Run the Session"), () => frappe.set_route("kyodo-session", frm.doc.name));
			const marked = ["Step 1", "Step 2"].includes(kyodo.held_like(frm.doc.meeting_type)) && !frm.doc.marking_closed_on;
			if (marked) frm.add_custom_button(__("Close Marking"), () => close_marking(frm));
		}
	},
});

// The only committee there is, or the only one that examines.
async function choose_committee(frm) {
	if (frm.doc.committee) return;
	const filters = { disabled: 0 };
	const fields = ["name", "kind"];
	const found = await frappe.db.get_list("Kyodo Committee", { filters, fields, order_by: "creation", limit: 20 });
	const examining = found.filter(({ kind }) => kind === "Examination");
	const [only, ...others] = found.length > 1 ? examining : found;
	if (only && !others.length && !frm.doc.committee) frm.set_value("committee", only.name);
}

// Where and when the committee met last, as far as nothing else is written yet.
async function fill_in_as_last_time(frm) {
	const { committee } = frm.doc;
	if (!committee) return;
	const fields = ["begins_at", "ends_at", "place"];
	const filters = { committee, place: ["is", "set"], workflow_state: ["in", kyodo.states("Kyodo Meeting", "Decided")] };
	const [last] = await frappe.db.get_list("Kyodo Meeting", { filters, fields, order_by: "meeting_date desc", limit: 1 });
	if (last && frm.doc.committee === committee)
		fields.filter((one) => last[one] && !frm.doc[one]).forEach((one) => frm.set_value(one, last[one]));
}

// A warning before the invitation goes out without what the invited have to know.
function missing_in_invitation(frm) {
	if (frm.selected_workflow_action !== "Convene") return "";
	const missing = ["meeting_date", "begins_at", "place"]
		.filter((one) => !frm.doc[one])
		.map((one) => __(frappe.meta.get_label(frm.doctype, one)));
	if (!(frm.doc.agenda || []).length) missing.push(__("Agenda"));
	if (!missing.length) return "";
	return `<p class="text-danger"><b>${__("Not written yet, so not in the invitation: {0}", [missing.join(__(", "))])}</b></p>`;
}

// What is confirmed or published: the minutes as they are stored.
function shown_minutes(frm, action) {
	const facts = [__("{0} checks of the minutes are done.", [(frm.doc.minutes_checks || []).filter((row) => row.answer).length])];
	if (action === "Publish")
		facts.push(__("The public reads them without closed items and with members under letters, as the rules say."));
	return { title: __("Minutes"), text: frm.doc.minutes, facts, label: __(action) };
}

// Shows the number of answers at the top of the form.
function show_answer_counts(frm) {
	if (!kyodo.is_in(frm.doc, "Waiting", "Examined")) return;
	const counted = {};
	for (const row of frm.doc.attendance || []) {
		const answer = row.answer || "Not Answered";
		counted[answer] = (counted[answer] || 0) + 1;
	}
	const order = ["Attending", "Substitute", "By Document", "Absent", "Not Answered"];
	const words = order.filter((answer) => counted[answer]).map((answer) => `${__(answer)} ${counted[answer]}`);
	frm.dashboard.clear_headline();
	if (words.length) frm.dashboard.set_headline(frappe.utils.escape_html(words.join("・")));
}

// After a long meeting the letters are written after the act: says so until they are there.
function show_letters_to_come(frm) {
	clearTimeout(frm.letters_timer);
	const { letters_to_come: state, letters_missing: missing = [] } = frm.doc.__onload || {};
	if (!state) return;
	if (missing.length) return show_missing_letters(frm, missing);
	if (state === "failed") {
		const asked = __("The letters on the results could not be written. Please ask the administrator of this site.");
		return frm.dashboard.set_headline(frappe.utils.escape_html(asked), "red");
	}
	frm.dashboard.set_headline(
		frappe.utils.escape_html(__("The letters on the results are being written. They will be in the list of letters soon."))
	);
	frm.letters_timer = setTimeout(() => {
		const shown = cur_frm === frm && frappe.get_route()[0] === "Form" && !document.hidden;
		if (shown && !frm.is_dirty()) frm.reload_doc();
	}, 5000);
}

// Names the letters that could not be written, each with its reason, and has them written once the cause is gone.
function show_missing_letters(frm, missing) {
	const said = __(
		"{0} letters on the results could not be written. The others have been. Remove the cause, then have them written again.",
		[missing.length]
	);
	const lines = missing.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`).join("");
	frm.dashboard.set_headline(`<p>${frappe.utils.escape_html(said)}</p><ul class="mb-0">${lines}</ul>`, "red");
	frm.add_custom_button(__("Write the Letters Again"), async () => {
		await frappe.xcall("kyodo_frappe.committee.closing.write_letters_again", { meeting: frm.doc.name });
		frappe.show_alert({ message: __("The letters are being written."), indicator: "blue" });
		frm.letters_timer = setTimeout(() => frm.reload_doc(), 5000);
	});
}

function add_preparation_buttons(frm) {
	const state = frm.doc.workflow_state;
	const group = __("Prepare");
	if (kyodo.is_in(frm.doc, "Writing", "Waiting", "Examined")) {
		frm.add_custom_button(__("Add Pending Records"), () => add_pending_records(frm), group);
		frm.add_custom_button(__("Lay Out Times"), () => lay_out_times(frm), group);
	}
	if (kyodo.is_in(frm.doc, "Writing", "Waiting")) frm.add_custom_button(__("Move the Meeting"), () => move_meeting(frm), group);
	if (state !== "Cancelled") frm.add_custom_button(__("Papers (PDF)"), () => open_papers(frm), group);
	if (state === "Closed" && !(frm.doc.minutes_checks || []).length) {
		frm.add_custom_button(__("Ask for Checks"), () => ask_for_checks(frm));
	}
}

// quiet: says nothing where nothing waits
function add_pending_records(frm, { quiet = false } = {}) {
	const asked = { method: "kyodo_frappe.committee.meetings.waiting", type: "GET", args: { meeting: frm.doc.name } };
	frappe.call(asked).then(({ message: rows }) => {
		if (!rows.length) return quiet || frappe.msgprint(__("Nothing is waiting for this meeting."));
		const subject = (row) => row.proposal || row.report || row.evaluation_round;
		const dialog = new frappe.ui.Dialog({
			title: __("Add Pending Records"),
			fields: [
				{
					fieldname: "rows",
					fieldtype: "MultiCheck",
					label: __("Waiting for this meeting"),
					columns: 1,
					options: rows.map((row) => ({
						value: subject(row),
						label: frappe.utils.escape_html([__(row.item_type), row.subject, row.since].filter(Boolean).join("　")),
						checked: row.suggested,
					})),
				},
			],
			primary_action_label: __("Add"),
			primary_action() {
				const chosen = dialog.fields_dict.rows.get_checked_options();
				if (!chosen.length) return;
				call_and_reload(frm, "kyodo_frappe.committee.meetings.put_on_agenda", { rows: chosen }).then((count) => {
					dialog.hide();
					frappe.show_alert({ message: __("Added to the agenda: {0}", [count]), indicator: "green" });
				});
			},
		});
		dialog.show();
	});
}

function lay_out_times(frm) {
	call_and_reload(frm, "kyodo_frappe.committee.meetings.lay_out_times", {});
}

// Saves a changed form first, because the server works with the saved record.
function call_and_reload(frm, method, args) {
	const saved = frm.is_dirty() ? frm.save() : Promise.resolve();
	return saved.then(() => frappe.xcall(method, { meeting: frm.doc.name, ...args })).then((result) => frm.reload_doc().then(() => result));
}

function move_meeting(frm) {
	const convened = frm.doc.workflow_state === "Convened";
	const dialog = new frappe.ui.Dialog({
		title: __("Move the Meeting"),
		fields: [
			{ fieldname: "meeting_date", fieldtype: "Date", label: __("Meeting Date"), reqd: 1, default: frm.doc.meeting_date },
			{ fieldname: "begins_at", fieldtype: "Data", label: __("Begins At"), default: frm.doc.begins_at },
			{ fieldname: "ends_at", fieldtype: "Data", label: __("Ends At"), default: frm.doc.ends_at },
			{ fieldname: "place", fieldtype: "Data", label: __("Place"), default: frm.doc.place },
			{
				fieldname: "move_reason",
				fieldtype: "Small Text",
				label: __("Reason for Moving"),
				mandatory_depends_on: `eval:doc.meeting_date !== '${frm.doc.meeting_date}'`,
				description: convened ? __("The members and the proposers are notified by mail.") : "",
			},
		],
		primary_action_label: __("Move the Meeting"),
		primary_action(values) {
			dialog.hide();
			frm.set_value(values).then(() => frm.save());
		},
	});
	dialog.show();
}

function open_papers(frm) {
	const seats = frm.doc.attendance.filter((row) => row.substitute_user || row.user);
	const dialog = new frappe.ui.Dialog({
		title: __("Papers (PDF)"),
		fields: [
			{
				fieldname: "user",
				fieldtype: "Select",
				label: __("For Whom"),
				options: [
					{ value: "", label: __("For the office: everything") },
					...seats.map((row) => ({
						value: row.substitute_user || row.user,
						label: kyodo.plain(row.substitute_user ? row.substitute_name : row.member_name),
					})),
				],
				description: __("A member's papers leave out the items in which they step aside."),
			},
		],
		primary_action_label: __("Open the Papers"),
		primary_action({ user }) {
			const query = new URLSearchParams({ meeting: frm.doc.name, ...(user ? { user } : {}) });
			window.open(`/api/method/kyodo_frappe.committee.papers.download?${query}`);
			dialog.hide();
		},
	});
	dialog.show();
}

function ask_for_checks(frm) {
	frappe.confirm(__("The members are asked by mail to check the minutes, one after the other. Ask them now?"), () =>
		call_and_reload(frm, "kyodo_frappe.committee.minutes.start_checks", {}).then((count) =>
			frappe.show_alert({ message: __("Members asked: {0}", [count]), indicator: "green" })
		)
	);
}

function close_marking(frm) {
	frappe.confirm(__("Submitted reviews are shown to the members; missing ones stay empty. Close marking now?"), () =>
		frappe
			.xcall("kyodo_frappe.committee.reviews.close_marking", { meeting: frm.doc.name })
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
				options: items.map((row) => ({ value: row.name, label: kyodo.plain(`${row.idx} ${row.subject}`) })),
				default: items.length === 1 ? items[0].name : undefined,
				onchange: () => fill_criteria(frm, dialog),
			},
			{
				fieldname: "result",
				fieldtype: "Select",
				label: __("Result"),
				reqd: 1,
				options: possible_results(frm),
			},
			{
				fieldname: "amount",
				fieldtype: "Currency",
				label: __("Amount"),
				depends_on: "eval:(doc.result || '').startsWith('Adopted')",
			},
			{
				fieldname: "rank",
				fieldtype: "Int",
				label: __("Rank"),
				depends_on: "eval:doc.result === 'Reserve'",
				mandatory_depends_on: "eval:doc.result === 'Reserve'",
			},
			{
				fieldname: "below_reason",
				fieldtype: "Small Text",
				label: __("Reason for Adopting Below the Pass Mark"),
				depends_on: "eval:(doc.result || '').startsWith('Adopted') || doc.result === 'Reserve'",
				description: __("Only where the marks do not reach the pass mark. It appears in the minutes and in the letter."),
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
				description: __("The proposers are told why. Only rows with a reason are kept."),
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
				.xcall("kyodo_frappe.committee.deliberation.record_decision", {
					meeting: frm.doc.name,
					agenda_item: values.agenda_item,
					result: values.result,
					amount: values.amount,
					rank: values.rank,
					below_reason: values.below_reason,
					conditions: values.conditions,
					advice: values.advice,
					reasons,
				})
				.then(() => {
					dialog.hide();
					frappe.show_alert({
						message: __("The decision has been recorded. It becomes final when the meeting is closed."),
						indicator: "green",
					});
					frm.reload_doc();
				});
		},
	});
	fill_criteria(frm, dialog);
	dialog.show();
}

function possible_results(frm) {
	const decided = ["Adopted", "Adopted Conditionally", "Adopted Pending Budget", "Passed to Step 2", "Reserve", "Not Adopted"];
	const all = kyodo.choices("Kyodo Result").filter(({ value }) => decided.includes(value));
	return kyodo.held_like(frm.doc.meeting_type) === "Step 2" ? all.filter(({ value }) => value !== "Passed to Step 2") : all;
}

// Shows a row for each criterion of the chosen item: those of its call, or of the programme.
function fill_criteria(frm, dialog) {
	const agenda_item = dialog.get_value("agenda_item");
	if (!agenda_item) return;
	const args = { meeting: frm.doc.name, agenda_item };
	frappe.call({ method: "kyodo_frappe.committee.session.criteria", type: "GET", args }).then(({ message }) => {
		// `field`: the part of the proposal that a criterion judges; the reason is shown there when the proposal is made again
		dialog.fields_dict.reasons.df.data = message
			// 15.4x gives rows added later no number and no name, and then loses their values
			.map((row, at) => ({ idx: at + 1, name: `row ${at + 1}`, criterion: row.code, question: row.question, field: row.field }));
		dialog.fields_dict.reasons.grid.refresh();
	});
}
