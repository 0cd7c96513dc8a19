import { go, next, next_undecided, previous, tick_all } from "./agenda.js";
import { mark_all_present, arrive, leave } from "./attendance.js";
import { compare } from "./contest.js";
import { drop_decision, take_their_decision, keep_own_decision, record, record_all, edit_decision } from "./deciding.js";
import { enter_further } from "./entered_marks.js";
import { grow } from "./inputs.js";
import { rule } from "./interests.js";
import { call_now } from "./item.js";
import { drop_change, keep_mine, take_theirs } from "./value_input.js";

const REST = 1000; // ms without a keystroke before a text is sent
// handlers of the buttons by data-act
const ACTS = {
	mark_all_present,
	arrive,
	call_now,
	compare,
	drop_change,
	drop_decision,
	enter_further,
	go,
	keep_mine,
	leave,
	take_their_decision,
	next,
	keep_own_decision,
	previous,
	record,
	record_all,
	rule,
	take_theirs,
	tick_all,
};

// Keyboard and pointer input of the session page.
export class Controls {
	constructor(session) {
		this.session = session;
		this.on_key = (event) => this.key(event);
		this.on_leave = () => session.outbox.flush();
	}

	bind(root) {
		const { session } = this;
		const on = (kind, selector, act) =>
			root.addEventListener(kind, (event) => {
				const found = event.target.closest(selector);
				if (found) act(found, event);
			});
		on("input", "[data-place]", (input) => this.type(input));
		on("change", "[data-place]", (input) => {
			this.type(input);
			session.outbox.flush();
		});
		on("focusout", "[data-place]", () => session.outbox.flush());
		on("input", "[data-part]", (input) => edit_decision(session, input));
		on("change", "[data-part]", (input) => edit_decision(session, input));
		on("click", "[data-act]", (button, event) => {
			event.preventDefault();
			ACTS[button.dataset.act](session, button.dataset);
		});
		on("change", "[data-tick]", (box) => {
			if (box.checked) session.ticked.add(box.dataset.tick);
			else session.ticked.delete(box.dataset.tick);
			session.board.show_parts();
		});
		on("change", ".session__undecided-only", (box) => {
			session.only_undecided = box.checked;
			session.board.show_parts();
		});
	}

	// Listens while the page is shown.
	listen() {
		document.addEventListener("keydown", this.on_key, true);
		window.addEventListener("pagehide", this.on_leave);
	}

	ignore() {
		document.removeEventListener("keydown", this.on_key, true);
		window.removeEventListener("pagehide", this.on_leave);
	}

	type(input) {
		const [table, row, field] = input.dataset.place.split("/");
		const value = input.type === "checkbox" ? (input.checked ? "1" : "") : input.value;
		if (input.tagName === "TEXTAREA") grow(input);
		this.session.outbox.typed(table, row, field, value, input.dataset.shown || "");
		clearTimeout(this.resting);
		this.resting = setTimeout(() => this.session.outbox.flush(), REST);
	}

	key(event) {
		const { session } = this;
		if (!session.data || document.querySelector(".modal.show") || event.isComposing) return;
		const ctrl = event.ctrlKey || event.metaKey;
		const acts = {
			s: ctrl && (() => session.outbox.flush()),
			Enter: ctrl && (() => (event.target.closest(".session__decision") ? record(session, { on: "1" }) : next_undecided(session))),
			ArrowDown: event.altKey && (() => next(session)),
			ArrowUp: event.altKey && (() => previous(session)),
		};
		const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
		if (!act) return;
		event.preventDefault();
		event.stopPropagation();
		act();
	}
}
