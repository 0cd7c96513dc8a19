import { h } from "../desk/html.js";
import { row_html, tools_html } from "./agenda.js";
import { attendance_html } from "./attendance.js";
import { value_in } from "./drafts.js";
import { clock_of } from "./format.js";
import { grow, is_text, keep_cursor, put_value } from "./inputs.js";
import { item_html } from "./item.js";
import { facts_html } from "./room.js";
import { show_steps } from "./steps.js";

const STATES = { Convened: "blue", "In Session": "green", Closed: "orange" };

// The view of the session page. A part is redrawn only if it has changed, with empty inputs; their values are filled in afterwards,
// so that nothing moves while somebody is typing.
export class Board {
	constructor(session) {
		this.session = session;
		this.shown = {}; // the HTML each part was last drawn with
	}

	// Draws the empty page and returns its element.
	open() {
		this.session.page.main.html(skeleton());
		this.root = this.session.page.main.find(".kyodo-session")[0];
		this.root.addEventListener("compositionstart", () => (this.composing = true));
		this.root.addEventListener("compositionend", () => (this.composing = false));
		return this.root;
	}

	part(selector) {
		return this.root.querySelector(selector);
	}

	show() {
		this.show_head();
		this.show_parts();
	}

	show_parts() {
		this.draw(".session__facts", facts_html(this.session));
		this.draw(".session__members", attendance_html(this.session));
		this.draw(".session__tools", tools_html(this.session));
		this.show_rows();
		this.show_item();
		this.show_saved();
	}

	show_rows() {
		this.draw(".session__rows", this.session.listed.map((item) => row_html(this.session, item)).join(""));
	}

	show_item() {
		const item = this.session.current;
		if (item) this.session.chosen = item.name;
		this.draw(
			".session__item",
			item ? item_html(this.session, item) : `<p class="session__text">${__("There is nothing on the agenda.")}</p>`
		);
	}

	// Shows why there is no item to show.
	show_error(sentence) {
		this.part(".session__item").innerHTML = `<p class="session__text">${h(sentence)}</p>`;
	}

	// Redraws once for all keystrokes since the last frame.
	schedule_redraw() {
		if (!this.session.data) return this.show_saved();
		cancelAnimationFrame(this.frame);
		this.frame = requestAnimationFrame(() => this.show_parts());
	}

	show_saved() {
		const [tone, text] = save_status(this.session.outbox, this.session.lost);
		const box = this.part(".session__save-status");
		if (box.textContent !== text) box.textContent = text;
		box.dataset.tone = tone;
	}

	show_head() {
		const { page, meeting: name, data } = this.session;
		const { meeting } = data;
		const key = `${meeting.workflow_state}|${meeting.marking_closed}`;
		page.set_title(meeting.meeting_title || name);
		page.set_indicator(__(meeting.workflow_state), STATES[meeting.workflow_state] || "gray");
		if (this.head_for === key) return;
		this.head_for = key;
		show_steps(this.session);
	}

	// Redraws a part of the page if it has changed, keeping focus and cursor.
	draw(selector, html) {
		const part = this.part(selector);
		if (this.shown[selector] !== html) {
			const focused = part.contains(document.activeElement) ? document.activeElement : null;
			if (focused && this.composing) return; // do not redraw while Japanese text is being composed
			this.shown[selector] = html;
			const kept = focused && is_text(focused) ? keep_cursor(focused) : null;
			const name = focused && focused.dataset.focus;
			const scrolled = part.scrollTop;
			part.innerHTML = html;
			this.fill(part);
			part.scrollTop = scrolled;
			const again = name && part.querySelector(`[data-focus="${CSS.escape(name)}"]`);
			if (again) again.focus({ preventScroll: true });
			if (again && kept) kept(again);
		} else this.fill(part);
	}

	// Fills the inputs with their values, except a text input that has the focus.
	fill(part) {
		for (const input of part.querySelectorAll("[data-place]")) {
			const [table, row, field] = input.dataset.place.split("/");
			const entry = this.session.outbox.waiting(table, row, field);
			const stored = this.session.stored(table, row, field);
			if (input === document.activeElement && is_text(input)) {
				if (!entry && input.value === stored) input.dataset.shown = stored;
				continue;
			}
			put_value(input, entry ? entry.value : stored);
			input.dataset.shown = stored;
		}
		if (part.querySelector(".session__decision")) this.fill_decision(part);
		part.querySelectorAll("textarea").forEach(grow);
	}

	fill_decision(part) {
		const form = this.session.drafts.form_of(this.session.current);
		for (const input of part.querySelectorAll("[data-part]")) {
			if (input === document.activeElement && is_text(input)) continue;
			const { part: name, line } = input.dataset;
			put_value(input, value_in(form, name, line));
		}
	}

	// Redraws an input with its saved value, even if it has the focus.
	redraw_input(key) {
		if (document.activeElement && document.activeElement.dataset.place === key) document.activeElement.blur();
		this.show_parts();
	}
}

// [tone, text] of the save status.
const save_status = ({ trouble, unsent, stuck, kept, saved_at }, lost) => {
	const troubled = trouble || lost;
	let [tone, text] = ["ok", saved_at ? __("Saved {0}", [clock_of(saved_at)]) : __("Everything is saved")];
	if (unsent) [tone, text] = ["busy", __("Not sent yet: {0}", [unsent])];
	if (stuck.length) [tone, text] = ["bad", __("Needs your answer: {0}", [stuck.length])];
	if (troubled) {
		tone = "bad";
		text = troubled.status ? troubled.sentence : __("No connection");
		if (unsent) text += ` ${__("Not sent yet: {0}", [unsent])}`;
		if (unsent && kept) text += __("(kept on this device)");
	}
	if (!kept) return ["bad", `${text} ${__("This browser cannot keep unsent text. Do not close the page.")}`];
	return [tone, text];
};

const skeleton = () => `<div class="kyodo-session">
		<div class="session__header"><div class="session__facts"></div><div class="session__save-status" role="status" aria-live="polite"></div></div>
		<div class="session__body">
			<nav class="session__agenda" aria-label="${__("Agenda")}"><div class="session__tools"></div><ol class="session__rows"></ol></nav>
			<section class="session__item">${__("Loading")}…</section>
			<aside class="session__members" aria-label="${__("Members")}"></aside>
		</div>
	</div>`;
