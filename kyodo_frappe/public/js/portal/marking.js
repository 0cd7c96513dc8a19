import { sentence_of } from "../common/messages.js";
import { user } from "./local_copies.js";
import { may_have_expired, post, put_token, session_now } from "./server.js";

const WAIT = 800; // ms without a keystroke until a text is sent
const AGAIN = 15000; // ms between attempts while there is no connection
const REVIEW = "kyodo_frappe.committee.review_actions.autosave_review";
const FILLED_IN = /^(mark-|reason-|comment|answer-|has-answer-)/;

// A sheet that is saved while it is filled in. Without a connection its values stay on this device and are sent later; logging
// out removes them. Each sheet has one author, so nothing is merged, but a newer state from another device is noticed.
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
		this.unsaved = this.read_unsaved();
		this.last_sent = null;
	}

	start() {
		if (this.unsaved) this.restore();
		this.form.addEventListener("input", ({ target }) => {
			this.keep();
			this.schedule(target.type === "radio" ? 0 : WAIT);
		});
		this.form.addEventListener("submit", () => {
			// the form sends everything itself, and the response is the next page
			clearTimeout(this.timer);
			this.leaving = true;
		});
		window.addEventListener("online", () => this.schedule(0));
		document.addEventListener("visibilitychange", () => this.schedule(0));
	}

	// {name: value} of everything that is filled in
	values() {
		return Object.fromEntries([...new FormData(this.form)].filter(([name]) => FILLED_IN.test(name)));
	}

	dirty() {
		return !same(this.values(), this.stored);
	}

	schedule(wait) {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.save(), wait);
	}

	show_status(text, trouble) {
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
			// full, or not allowed in this browser: the values are sent to the server anyway
		}
	}

	read_unsaved() {
		try {
			const kept = JSON.parse(localStorage.getItem(this.place));
			return kept && !same(kept.values, this.stored) ? kept : null;
		} catch (unreadable) {
			return null;
		}
	}

	fill(values) {
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

	// Restores values that were not saved, also if the server saved them and only its answer was lost. If another device has
	// saved a newer state, the user is asked.
	restore() {
		const { unsaved } = this;
		if (unsaved.modified === this.modified || same(unsaved.sent, this.stored)) {
			this.fill(unsaved.values);
			this.schedule(0);
			return;
		}
		const box = this.form.querySelector("[data-restore]");
		box.hidden = false;
		box.querySelector("[data-take]").addEventListener("click", () => {
			this.fill(unsaved.values);
			box.hidden = true;
			this.keep();
			this.schedule(0);
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
		if (this.again) this.schedule(0);
		this.again = false;
	}

	async send() {
		const sent = (this.last_sent = this.values());
		this.keep();
		this.show_status(this.words.saving);
		const record = { name: this.form.dataset.marks, writer: user, modified: this.modified };
		try {
			const { ok, status, body } = await post(this.form, this.address, { ...record, ...sent });
			if (!ok) return await this.refused(status, body);
			this.stored = sent;
			this.modified = body.message.modified;
			this.show_status(this.words.done.replace("{0}", body.message.at));
		} catch (lost) {
			this.show_status(this.words.offline, true);
			this.timer = setTimeout(() => this.save(), AGAIN);
		}
	}

	// Shows the server's refusal, and tries again if only the token of the session has changed.
	async refused(status, body) {
		this.show_status(sentence_of(body) || this.words.failed, true);
		if (!may_have_expired(status)) return;
		const session = await session_now();
		const token = session && session.user === user ? session.csrf_token : "";
		if (!token || token === this.form.elements.csrf_token.value) return;
		put_token(token);
		this.again = true;
	}
}

const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);
