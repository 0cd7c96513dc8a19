import { element, h } from "../desk/html.js";
import { states } from "../desk/states.js";
import { word } from "../desk/vocabulary.js";
import { Session } from "./session.js";

// The desk page: a choice of meetings, or the session of one.
export class SessionPage {
	constructor(page) {
		this.page = page;
		this.session = null;
	}

	// Shows the session of a meeting, or the meetings to choose from.
	show(meeting) {
		if (this.session && this.session.meeting === meeting) return this.session.resume();
		if (this.session) this.session.stop();
		this.session = meeting ? new Session(this.page, meeting) : null;
		return meeting ? this.session.start() : choose_meeting(this.page);
	}

	hide() {
		if (this.session) this.session.pause();
	}
}

const choose_meeting = async (page) => {
	page.main.html(`<div class="session__empty">${__("Choose a meeting")}<ul></ul></div>`);
	const list = page.main[0].querySelector("ul");
	const rows = await frappe.db.get_list("Kyodo Meeting", {
		filters: { workflow_state: ["in", states("Kyodo Meeting", "Waiting", "Examined")] },
		fields: ["name", "meeting_title", "meeting_type"],
		order_by: "meeting_date desc",
		limit: 20,
	});
	if (!rows.length) list.replaceWith(element(`<p>${__("No meeting is currently convened.")}</p>`));
	list.append(...rows.map(choice));
};

const choice = (row) => {
	const title = `${h(row.meeting_title || row.name)}（${h(word("Kyodo Meeting Type", row.meeting_type))}）`;
	const link = element(`<li><a href="#">${title}</a></li>`);
	link.addEventListener("click", (event) => {
		event.preventDefault();
		frappe.set_route("kyodo-session", row.name);
	});
	return link;
};
