import { sentence_of } from "../common/messages.js";
import { user } from "./keeping.js";
import { may_have_expired, post, put_token, session_now } from "./server.js";

const WAIT = 800; // ms without a keystroke until a text is sent
const AGAIN = 15000; // ms between attempts while there is no connection
const REVIEW = "kyodo_frappe.committee.review_actions.autosave_review";
const FILLED_IN = /^(mark-|reason-|comment|answer-|has-answer-)/;

// A sheet whose marks are kept as one taps. Without a connection they stay on this device and are sent when it is back; they go
// with the log-out. One member writes one sheet: there is nothing to merge, only another device to notice.
export class Marking {
	constructor(form) {
		this.form = form;
		this.address = `/api/method/${form.dataset.save || REVIEW}`;
		this.place = `kyodo:${user}:marks:${form.dataset.marks}`;
		this.status = form.querySelector("[data-saved]");
		this.words = form.querySelector("[data-words]").dataset;
		this.modified = form.dataset.modified;
		this.saving = this.again = this.leaving = false;
		this.stored = this.values();
		this.waiting = this.read();
		this.last_sent = null;
	}

	start() {
		if (this.waiting) this.offer();
		this.form.addEventListener("input", ({ target }) => {
			this.keep();
			this.later(target.type === "radio" ? 0 : WAIT);
		});
		this.form.addEventListener("submit", () => {
			// the form itself carries everything; the server's answer is the next page
			clearTimeout(this.timer);
			this.leaving = true;
		});
		window.addEventListener("online", () => this.later(0));
		document.addEventListener("visibilitychange", () => this.later(0));
	}

	// {name: value} of everything that a person fills in
	values() {
		return Object.fromEntries([...new FormData(this.form)].filter(([name]) => FILLED_IN.test(name)));
	}

	dirty() {
		return !same(this.values(), this.stored);
	}

	later(wait) {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.save(), wait);
	}

	say(text, trouble) {
		this.status.textContent = text;
		this.status.classList.toggle("error", Boolean(trouble));
	}

	// -- on this device

	keep() {
		const kept = { modified: this.modified, sent: this.last_sent, values: this.values() };
		try {
			if (this.dirty()) localStorage.setItem(this.place, JSON.stringify(kept));
			else localStorage.removeItem(this.place);
		} catch (full) {
			// or not allowed in this browser: the server has it soon
		}
	}

	read() {
		try {
			const kept = JSON.parse(localStorage.getItem(this.place));
			return kept && !same(kept.values, this.stored) ? kept : null;
		} catch (unreadable) {
			return null;
		}
	}

	put(values) {
		const { form } = this;
		for (const [name, value] of Object.entries(values)) {
			const input = form.elements[name];
			if (input && input.type !== "checkbox") input.value = value;
		}
		form.querySelectorAll('input[type=checkbox][name^="answer-"]').forEach((box) => (box.checked = box.name in values));
		form.querySelectorAll("details").forEach((part) => {
			if (part.querySelector("textarea").value) part.open = true;
		});
	}

	// What was typed since the state shown goes back by itself, also where the server has what this device sent and its answer
	// was lost; over a newer state of another device it is asked for.
	offer() {
		const { waiting } = this;
		if (waiting.modified === this.modified || same(waiting.sent, this.stored)) {
			this.put(waiting.values);
			this.later(0);
			return;
		}
		const box = this.form.querySelector("[data-restore]");
		box.hidden = false;
		box.querySelector("[data-take]").addEventListener("click", () => {
			this.put(waiting.values);
			box.hidden = true;
			this.keep();
			this.later(0);
		});
		box.querySelector("[data-drop]").addEventListener("click", () => {
			box.hidden = true;
			localStorage.removeItem(this.place);
		});
	}

	// -- sending

	async save() {
		clearTimeout(this.timer);
		if (this.leaving || !this.dirty()) return;
		if (this.saving) {
			this.again = true;
			return;
		}
		this.saving = true;
		await this.send();
		this.saving = false;
		this.keep();
		if (this.again) this.later(0);
		this.again = false;
	}

	async send() {
		const sent = (this.last_sent = this.values());
		this.keep();
		this.say(this.words.saving);
		const about = { name: this.form.dataset.marks, writer: user, modified: this.modified };
		try {
			const { ok, status, body } = await post(this.form, this.address, { ...about, ...sent });
			if (!ok) return await this.refused(status, body);
			this.stored = sent;
			this.modified = body.message.modified;
			this.say(this.words.done.replace("{0}", body.message.at));
		} catch (lost) {
			this.say(this.words.offline, true);
			this.timer = setTimeout(() => this.save(), AGAIN);
		}
	}

	// The session may have got a new token; whatever else is wrong, the server says.
	async refused(status, body) {
		this.say(sentence_of(body) || this.words.failed, true);
		if (!may_have_expired(status)) return;
		const session = await session_now();
		const token = session && session.user === user ? session.csrf_token : "";
		if (!token || token === this.form.elements.csrf_token.value) return;
		put_token(token);
		this.again = true;
	}
}

const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);
