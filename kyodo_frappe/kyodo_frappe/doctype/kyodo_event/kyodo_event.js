frappe.ui.form.on("Kyodo Event", {
	setup(frm) {
		// registrations are made with the button, which also records unannounced visitors
		frm.custom_make_buttons = { "Kyodo Event Registration": "Register Somebody" };
	},
	onload(frm) {
		if (frm.is_new()) kyodo.choose_programme(frm);
	},
	refresh(frm) {
		if (frm.is_new()) return;
		const organises = (frm.doc.__onload || {}).organises;
		const colours = { Planned: "gray", Announced: "blue", Held: "green", Cancelled: "red" };
		frm.page.set_indicator(__(frm.doc.state), colours[frm.doc.state]);
		if (frm.doc.audience !== "City Staff" && frm.doc.state !== "Planned") {
			frm.add_web_link(`/kyodo/events/${frm.doc.name}`, __("Public Page"));
		}
		if (organises) offer_steps(frm);
		if (frm.doc.state === "Announced") {
			frm.add_custom_button(
				__("Take Part Myself"),
				() => call(frm, "kyodo_frappe.learning.registrations.take_part", {}),
				__("Registrations")
			);
		}
		if (organises && frm.doc.state !== "Planned") offer_registrations(frm);
	},
});

function call(frm, method, args) {
	return frappe.xcall(method, { event: frm.doc.name, ...args }).then((result) => {
		frm.reload_doc();
		return result;
	});
}

function offer_steps(frm) {
	if (frm.doc.state === "Planned") {
		frm.add_custom_button(__("Announce"), () => call(frm, "kyodo_frappe.learning.events.announce", {})).addClass("btn-primary");
	} else if (frm.doc.state === "Announced") {
		if (frm.doc.held_on <= frappe.datetime.get_today()) {
			frm.add_custom_button(__("Mark as Held"), () => mark_as_held(frm)).addClass("btn-primary");
		}
		frm.add_custom_button(__("Call the Event Off"), () => call_off(frm));
	}
}

function mark_as_held(frm) {
	frappe.prompt(
		[
			{
				fieldname: "record",
				fieldtype: "Text",
				label: __("What Came of It"),
				default: frm.doc.record,
				description: __("Record attendance first: the questionnaire is mailed to everybody who is not marked absent."),
			},
		],
		({ record }) => call(frm, "kyodo_frappe.learning.events.hold", { record: record || "" }),
		__("Mark as Held"),
		__("Mark as Held")
	);
}

function call_off(frm) {
	frappe.prompt(
		[
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason for Cancelling"),
				reqd: 1,
				description: __("Everybody registered is informed by mail."),
			},
		],
		({ reason }) => call(frm, "kyodo_frappe.learning.events.call_off", { reason }),
		__("Call the Event Off"),
		__("Call the Event Off")
	);
}

function offer_registrations(frm) {
	const group = __("Registrations");
	const listed = () => frappe.call({ method: "kyodo_frappe.learning.registrations.listing", type: "GET", args: { event: frm.doc.name } });
	frm.add_custom_button(__("Attendance"), () => listed().then(({ message }) => attendance(frm, message || [])), group);
	frm.add_custom_button(__("Register Somebody"), () => register_somebody(frm), group);
	frm.add_custom_button(
		__("Attendance Sheet (PDF)"),
		() => open_file("kyodo_frappe.learning.certificates.download_sheet", { event: frm.doc.name }),
		group
	);
	frm.add_custom_button(
		__("Registrations and Answers"),
		() => window.open(`/kyodo/my/centre/events/${encodeURIComponent(frm.doc.name)}`),
		group
	);
	listed().then(({ message: rows }) => show_figures(frm, rows || []));
}

function show_figures(frm, rows) {
	const count = (test) => rows.filter(test).length;
	const places = count((row) => row.state === "Registered");
	const waiting = count((row) => row.state !== "Registered");
	const shown = frm.doc.capacity ? `${places} / ${frm.doc.capacity}` : `${places}`;
	frm.dashboard.clear_headline();
	frm.dashboard.set_headline(
		[
			__("{0} registered", [shown]),
			waiting && __("{0} waiting", [waiting]),
			__("{0} attended", [count((row) => row.attendance === "Attended")]),
		]
			.filter(Boolean)
			.join("　")
	);
}

function open_file(method, args) {
	window.open(`/api/method/${method}?${new URLSearchParams(args)}`);
}

// the whole list in one dialog: one click per person, one save
function attendance(frm, rows) {
	const placed = rows.filter((row) => row.state === "Registered");
	const dialog = new frappe.ui.Dialog({
		title: __("Attendance"),
		size: "large",
		primary_action_label: __("Record Attendance"),
		primary_action() {
			const sent = placed.map((row, number) => ({
				name: row.name,
				attendance: dialog.$body.find(`[name="attendance-${number}"]:checked`).val() || "",
			}));
			call(frm, "kyodo_frappe.learning.registrations.note_attendance", { rows: sent }).then((changed) => {
				dialog.hide();
				frappe.show_alert({ message: __("Attendance has been recorded ({0} changes).", [changed]), indicator: "green" });
			});
		},
	});
	const choices = [
		["Attended", __("Attended")],
		["Absent", __("Absent")],
		["", __("not noted")],
	];
	const table = $('<table class="table table-bordered"></table>');
	placed.forEach((row, number) => {
		const line = $("<tr></tr>");
		line.append($("<td></td>").text(row.attendee_name), $("<td></td>").text(row.organisation_name || ""));
		const cell = $('<td class="text-nowrap"></td>');
		for (const [value, label] of choices) {
			const radio = $('<input type="radio">')
				.attr({ name: `attendance-${number}`, value })
				.prop("checked", (row.attendance || "") === value);
			cell.append($('<label class="mr-3 mb-0"></label>').append(radio, document.createTextNode(` ${label}`)));
		}
		table.append(line.append(cell));
	});
	if (placed.length) {
		const everybody = $('<button type="button" class="btn btn-default btn-sm mb-3"></button>').text(__("Everybody attended"));
		everybody.on("click", () => table.find('[value="Attended"]').prop("checked", true));
		dialog.$body.append(everybody, table);
	} else {
		dialog.$body.append($("<p></p>").text(__("Nobody is registered yet.")));
	}
	dialog.show();
}

function register_somebody(frm) {
	const day_has_come = frm.doc.held_on <= frappe.datetime.get_today();
	frappe.prompt(
		[
			{ fieldname: "attendee_name", fieldtype: "Data", label: __("Name"), reqd: 1 },
			{ fieldname: "email", fieldtype: "Data", options: "Email", label: __("Email"), reqd: 1 },
			{ fieldname: "organisation_name", fieldtype: "Data", label: __("Belongs To") },
			{
				fieldname: "came",
				fieldtype: "Check",
				label: __("Came without registration"),
				default: day_has_come ? 1 : 0,
				hidden: !day_has_come,
			},
		],
		(values) =>
			call(frm, "kyodo_frappe.learning.registrations.register_somebody", values).then((state) =>
				frappe.show_alert({ message: __(state), indicator: "green" })
			),
		__("Register Somebody"),
		__("Register Somebody")
	);
}
