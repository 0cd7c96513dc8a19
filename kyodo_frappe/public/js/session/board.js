import { h } from "../desk/html.js";
import { row_html, tools_html } from "./agenda.js";
import { people_html } from "./attendance.js";
import { clock_of } from "./format.js";
import { grow, is_text, keep_pointer, put_value } from "./inputs.js";
import { item_html } from "./item.js";
import { facts_html } from "./room.js";
import { show_steps } from "./steps.js";

const STATES = { Convened: "blue", "In Session": "green", Closed: "orange" };

// What the session page shows. Parts are drawn with empty inputs, anew only where something has changed; what the inputs hold is
// put in afterwards, so that nothing moves under the hands of a person who writes.
export class Board {
	constructor(session) {
		this.session = session;
		this.shown = {}; // what each part of the page was drawn from
	}

	// Draws the empty page; answers its element.
	open() {
		this.session.page.main.html(skeleton());
		this.root = this.session.page.main.find(".ks")[0];
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
		this.draw(".session__members", people_html(this.session));
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

	// Instead of an item, why there is nothing to show.
	show_trouble(sentence) {
		this.part(".session__item").innerHTML = `<p class="session__text">${h(sentence)}</p>`;
	}

	// Once for all the keystrokes since the screen was drawn last.
	show_waiting() {
		if (!this.session.data) return this.show_saved();
		cancelAnimationFrame(this.frame);
		this.frame = requestAnimationFrame(() => this.show_parts());
	}

	show_saved() {
		const [tone, text] = saved_status(this.session.outbox, this.session.lost);
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

	// Draw a part of the page anew if it has changed, and keep the pointer where it is.
	draw(selector, html) {
		const part = this.part(selector);
		if (this.shown[selector] !== html) {
			const focused = part.contains(document.activeElement) ? document.activeElement : null;
			if (focused && this.composing) return; // a Japanese word is being put together here: not now
			this.shown[selector] = html;
			const kept = focused && is_text(focused) ? keep_pointer(focused) : null;
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

	// Put into the inputs what they hold. Where somebody stands in one, what they see stays.
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
			put_value(input, (line === undefined ? form[name] : (form.reasons[line] || {})[name]) || "");
		}
	}

	// Draw a place anew from what is stored, even where the pointer stands in it.
	forget_shown(key) {
		if (document.activeElement && document.activeElement.dataset.place === key) document.activeElement.blur();
		this.show_parts();
	}
}

// [tone, words] about what is saved and what is not.
const saved_status = ({ trouble, unsent, stuck, kept, saved_at }, lost) => {
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
	if (!kept) return ["bad", `${text} ${__("This browser cannot keep unsent text: do not close the page.")}`];
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
