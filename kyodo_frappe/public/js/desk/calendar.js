// Calendars of meetings, events and deadlines: of one kind of record, or of all that the user may read (front/city_calendar.py).
import { era_moment } from "./eras.js";
import { h } from "./html.js";

const EVENTS = "kyodo_frappe.front.city_calendar.events";
const SINCE = "kyodo_frappe.front.own_calendar.subscribed_since";
const SUBSCRIBE = "kyodo_frappe.front.own_calendar.subscribe";
const UNSUBSCRIBE = "kyodo_frappe.front.own_calendar.unsubscribe";
const FIELDS = { id: "name", start: "start", end: "end", title: "title", allDay: "all_day" };

// 15 hands the event itself to a click, 16 an object around it.
const open_record = (clicked) => {
	const { doctype, record } = clicked.event ? clicked.event.extendedProps : clicked;
	if (doctype && frappe.model.can_read(doctype)) frappe.set_route("Form", doctype, record);
};

// Settings of Frappe's calendar: days are changed in the form, where the consequences are said.
const settings = () => ({
	field_map: FIELDS,
	get_events_method: EVENTS,
	get_css_class: (event) => event.colour,
	options: {
		editable: false,
		selectable: false,
		eventClick: open_record,
		eventTimeFormat: typeof frappe.views.CalendarView.prototype.required_libs === "string" ? CLOCK : "H:mm",
	},
});

const CLOCK = { hour: "numeric", minute: "2-digit", hour12: false };

// The settings for the calendar of one DocType, which its *_calendar.js declares.
export const calendar_of = (doctype) => {
	frappe.provide("frappe.views.calendar");
	frappe.views.calendar[doctype] = settings();
};

// Shows the calendar of everything on a page of the desk. Frappe's own needs a list for its filters: there are none here.
export const show_calendar = (page, parent) =>
	new Promise((done) => {
		frappe.require(frappe.views.CalendarView.prototype.required_libs, () => {
			const list_view = { filter_area: { get: () => [] } };
			done(new frappe.views.Calendar({ doctype: "", parent, page, list_view, ...settings() }));
		});
	});

// The address with which a calendar program of the user follows this calendar.
export const offer_subscription = async () => {
	const { message: since } = await frappe.call({ method: SINCE, type: "GET" });
	const dialog = new frappe.ui.Dialog({ title: __("Subscribe to this calendar"), fields: [{ fieldname: "text", fieldtype: "HTML" }] });
	const write = (html) => dialog.fields_dict.text.$wrapper.html(html);
	const explain = __(
		"Outlook, Google Calendar and others can follow this calendar at an address of your own. Whoever has the address reads the calendar: keep it to yourself."
	);
	const known = since ? __("You made an address on {0}. A new one makes it void.", [era_moment(since)]) : __("You have no address yet.");
	write(`<p>${h(explain)}</p><p>${h(known)}</p>`);
	dialog.set_primary_action(__("Make a new address"), async () => {
		const address = await frappe.xcall(SUBSCRIBE);
		const label = __("Copy this address into your calendar. It is shown only now.");
		write(`<p>${h(label)}</p><p><code style="overflow-wrap: anywhere">${h(address)}</code></p>`);
		frappe.utils.copy_to_clipboard(address);
	});
	if (since) {
		dialog.set_secondary_action_label(__("Make the address void"));
		dialog.set_secondary_action(async () => {
			await frappe.xcall(UNSUBSCRIBE);
			dialog.hide();
			frappe.show_alert({ message: __("The address of your calendar is void now."), indicator: "green" });
		});
	}
	dialog.show();
};
