// Guests of the meeting or of one item.
import { h } from "../desk/html.js";
import { input_html } from "./value_input.js";

// The guests of an item.
export const guests_html = (session, item) => {
	const rows = session.data.guests.filter((row) => !row.agenda_no || row.agenda_no === item.idx);
	if (!rows.length) return "";
	const off = !session.data.meeting.running;
	const list = rows.map((row) => {
		const place = (field, label) => input_html(session, "guests", row, field, label, { kind: "check", off });
		return `<li><span class="session__guest">${h(row.guest_name)}${row.agenda_no ? "" : `（${__("whole meeting")}）`}</span>
			${place("approved", __("Approved by the Meeting"))} ${place("attended", __("Attended"))}</li>`;
	});
	return `<section class="session__panel"><h4>${__("Guests")}</h4><ul>${list.join("")}</ul></section>`;
};

// Asks for a guest and adds them, by default to the current item.
export const add_guest = (session) => {
	const item = session.current;
	const dialog = new frappe.ui.Dialog({
		title: __("Add a Guest"),
		fields: [
			{ fieldname: "guest_name", fieldtype: "Data", label: __("Name"), reqd: 1 },
			{ fieldname: "organisation", fieldtype: "Link", options: "Kyodo Organisation", label: __("Organisation") },
			{
				fieldname: "agenda_no",
				fieldtype: "Int",
				label: __("Agenda No."),
				default: item ? item.idx : undefined,
				description: __("Empty: for the whole meeting"),
			},
		],
		primary_action_label: __("Add"),
		primary_action: (values) => {
			dialog.hide();
			session.add_row("guests", values);
		},
	});
	dialog.show();
};
