// The steps of the meeting: opening, closing of marking, closing.
import { h } from "../desk/html.js";
import { show_what_is_sent } from "../desk/sending.js";
import { held_like } from "../desk/vocabulary.js";
import { add_topic, next_undecided } from "./agenda.js";
import { names, now } from "./format.js";
import { add_guest } from "./guests.js";

const MARKED = ["Step 1", "Step 2"]; // types of meetings with reviews

const unsettled_html = (lines) => {
	const list = lines.map((line) => `<li>${h(line)}</li>`).join("");
	return `<p>${__("Before the session can be closed:")}</p><ul class="session__points">${list}</ul>`;
};

const ready_html = (count) => `<p>${__("All items are settled. When the session is closed:")}</p><ul>
	<li>${__("{0} decisions become final and cannot be taken back.", [count])}</li>
	<li>${__("The proposals move on, and the letters about the results are written.")}</li>
	<li>${__("The minutes are drafted.")}</li></ul>
	<p>${__("This can take a minute. If anything fails, nothing is changed.")}</p>`;

// Shows the buttons for the state of the meeting.
export const show_steps = (session) => {
	const { page } = session;
	const { meeting } = session.data;
	page.clear_primary_action();
	page.clear_inner_toolbar();
	if (meeting.workflow_state === "Convened") page.set_primary_action(__("Open Session"), () => open_session(session));
	if (session.open) page.set_primary_action(__("Close Session"), () => close_session(session));
	if (meeting.running) {
		if (!meeting.marking_closed && meeting.marked && MARKED.includes(held_like(meeting.meeting_type))) {
			page.add_inner_button(__("Close Marking"), () => close_marking(session));
		}
		page.add_inner_button(__("Add a Guest"), () => add_guest(session));
		page.add_inner_button(__("Add a Topic"), () => add_topic(session));
	}
	page.add_inner_button(__("The Meeting's Form"), () => to_form(session));
};

const apply = async (session, action) => {
	const doc = JSON.stringify({ doctype: "Kyodo Meeting", name: session.meeting });
	frappe.dom.freeze(__("Please wait…"));
	try {
		return await session.post("frappe.model.workflow.apply_workflow", { doc, action });
	} finally {
		frappe.dom.unfreeze();
	}
};

// The desk's copy of the record is outdated after a session.
const to_form = ({ meeting }) => {
	const opened = frappe.get_doc("Kyodo Meeting", meeting);
	if (opened && !opened.__unsaved) frappe.model.clear_doc("Kyodo Meeting", meeting);
	frappe.set_route("Form", "Kyodo Meeting", meeting);
};

const open_session = (session) => {
	frappe.confirm(__("Open the session now?"), async () => {
		await session.outbox.flush();
		if ((await apply(session, "Open Session")) && !session.text("", session.data.meeting, "begins_at")) {
			session.outbox.typed("", "", "begins_at", now(), "");
			session.outbox.flush();
		}
	});
};

const close_marking = (session) => {
	frappe.confirm(__("Submitted reviews are shown to the members; missing ones stay empty. Close marking now?"), () =>
		session.post("kyodo_frappe.committee.reviews.close_marking", { meeting: session.meeting })
	);
};

const close_session = async (session) => {
	await session.outbox.flush();
	const points = await session.get("kyodo_frappe.committee.session.open_points", { meeting: session.meeting });
	if (!points) return;
	const lines = [...unfinished(session), ...points];
	const count = session.data.items.filter((item) => item.decision).length;
	if (!lines.length) {
		const go = await show_what_is_sent("Kyodo Meeting", session.meeting, "Close Session", ready_html(count)).catch(() => false);
		if (go && (await apply(session, "Close Session"))) to_form(session);
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Close Session"),
		size: "large",
		fields: [{ fieldtype: "HTML", options: unsettled_html(lines) }],
		primary_action_label: __("Back to the Items"),
		primary_action: () => {
			dialog.hide();
			next_undecided(session);
		},
	});
	dialog.show();
};

// What is not saved on the server yet.
const unfinished = (session) => {
	const { unsent } = session.outbox;
	const written = session.data.items.filter((item) => session.drafts.of(item.name)).map((item) => item.subject);
	return [
		...(unsent ? [__("Not sent yet: {0}", [unsent])] : []),
		...(written.length ? [__("Written but not recorded: {0}.", [names(written)])] : []),
	];
};
