import { sentence_of } from "../common/messages.js";
import * as keeping from "./local_copies.js";
import { focus_first, notes_of, paragraph, place_of, show_notes } from "./notes.js";
import { may_have_expired, post, put_token, session_now } from "./server.js";
import { take_stored } from "./save_response.js";

const WAIT = 2000; // ms without a keystroke until a text is sent
const AGAIN = 15000; // ms between attempts while there is no connection

// A form that saves while it is being typed, field by field. Texts of other writers are shown, and conflicts are asked about.
// Offline and after the session has ended, the device keeps the text, and saving continues later.
export class Writing {
	constructor(form) {
		this.form = form;
		this.status = form.querySelector("[data-saved]");
		this.words = form.querySelector("[data-words]").dataset;
		this.expired = form.querySelector("[data-expired]");
		this.confirmed = new Map(); // {input: text that the server has}
		this.saving = null;
		this.again = false;
		this.tried_token = false;
		this.waiting = keeping.kept(form); // what the device holds until it is restored or discarded
		for (const input of keeping.inputs(form)) {
			if (!notes_of(form, place_of(input)).querySelector("[data-said]")) this.confirmed.set(input, keeping.text(input));
		}
	}

	start() {
		this.listen();
		if (this.waiting) this.offer();
		else if (this.form.querySelector("[data-said]")) focus_first(this.form);
	}

	// -- when to save

	listen() {
		const { form, expired } = this;
		form.addEventListener("input", ({ target }) => {
			this.keep();
			this.later(target.type === "radio" || /-gone$/.test(target.name) ? 0 : WAIT);
		});
		form.addEventListener("submit", (event) => this.submit(event));
		window.addEventListener("online", () => this.later(0));
		window.addEventListener("focus", () => {
			if (!expired.hidden) this.later(0);
		});
		document.addEventListener("visibilitychange", () => {
			if (document.hidden ? this.is_dirty() : !expired.hidden) this.later(0);
		});
		window.addEventListener("beforeunload", (event) => {
			if (this.is_dirty() && !this.keep()) event.preventDefault(); // the browser cannot store it
		});
	}

	async submit(event) {
		event.preventDefault();
		const then = event.submitter ? event.submitter.value : "save";
		const whole = await this.save(true);
		if (!whole) focus_first(this.form);
		else if (then !== "save") location.assign(location.pathname.replace(/[^/]+$/, then));
	}

	later(wait) {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.save(), wait);
	}

	dirty(input) {
		return this.confirmed.get(input) !== keeping.text(input) && !this.is_blank(input);
	}

	// Whether an input is in a new row without any text.
	is_blank(input) {
		const row = input.closest("[data-row]");
		const untouched = (field) => field.tagName === "SELECT" || field.type === "checkbox" || field.value === field.defaultValue;
		return row && !keeping.mark(this.form, row, "name").value && keeping.inputs(row).every(untouched);
	}

	is_dirty() {
		return keeping.inputs(this.form).some((input) => this.dirty(input));
	}

	keep() {
		return keeping.keep(this.form, (input) => this.dirty(input), this.waiting);
	}

	say(text, trouble) {
		this.status.textContent = text;
		this.status.classList.toggle("error", Boolean(trouble));
	}

	// -- sending

	// Resolves to whether everything is stored. `pressed`: by the button, so that all problems are reported.
	async save(pressed = false) {
		clearTimeout(this.timer);
		if (this.saving) {
			this.again = true;
			await this.saving;
			return pressed ? this.save(true) : false;
		}
		const { turn } = this.form.elements;
		turn.value = Number(turn.value) + 1;
		if (!navigator.onLine) {
			this.say(this.words.offline, true);
			return false;
		}
		this.say(this.words.saving);
		this.again = false;
		this.saving = this.send(pressed);
		return this.saving;
	}

	async send(pressed) {
		const { form } = this;
		const sent = new Map(keeping.inputs(form).map((input) => [input, keeping.text(input)]));
		const values = { ...Object.fromEntries(new FormData(form)), ...(pressed ? { pressed: "1" } : {}) };
		let whole = false;
		try {
			const { ok, status, body } = await post(form, form.dataset.autosave, values);
			if (ok) whole = this.stored(body.message, sent);
			else if (may_have_expired(status)) await this.renew(body);
			else this.failed(sentence_of(body));
		} catch (lost) {
			this.say(this.words.offline, true);
			this.timer = setTimeout(() => this.save(), AGAIN);
		}
		this.saving = null;
		this.keep();
		if (this.again) this.later(0);
		return whole;
	}

	stored(response, sent) {
		this.tried_token = false;
		this.expired.hidden = true;
		take_stored(this.form, this.confirmed, sent, response);
		show_notes(this.form, response);
		const whole = !Object.keys(response.conflicts).length && !Object.keys(response.problems).length;
		this.say((whole ? this.words.done : this.words.partly).replace("{0}", response.at), !whole);
		return whole;
	}

	failed(text) {
		this.say(text || this.words.failed, true);
	}

	// The session may have ended: saving continues with a new one of the same user.
	async renew(response) {
		const { form } = this;
		const session = await session_now();
		this.expired.hidden = Boolean(session);
		if (!session) {
			this.say("");
			this.timer = setTimeout(() => this.save(), AGAIN);
		} else if (session.user !== keeping.user) this.failed(this.words.other);
		else if (session.csrf_token === form.elements.csrf_token.value || this.tried_token) this.failed(sentence_of(response));
		else {
			this.tried_token = true;
			put_token(session.csrf_token);
			this.later(0);
		}
	}

	// -- text kept on this device

	offer() {
		const { form, waiting } = this;
		const box = form.querySelector("[data-restore]");
		const lines = keeping.list(form, waiting).map(([heading, text]) => paragraph(`${heading}: ${text}`, "kept"));
		box.querySelector("[data-restore-list]").append(...lines);
		box.hidden = false;
		box.querySelector("[data-restore-yes]").addEventListener("click", () => {
			box.hidden = true;
			keeping.restore(form, waiting);
			this.waiting = null;
			this.keep();
			this.later(0);
		});
		box.querySelector("[data-restore-no]").addEventListener("click", () => {
			box.hidden = true;
			this.waiting = null;
			this.keep();
		});
	}
}
