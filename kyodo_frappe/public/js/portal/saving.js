// Saves a form of several steps whenever another screen is opened and when nobody has typed for a while. What the server refuses is said
// beside the buttons; the text stays, and the buttons send the form as they always do.
import { sentence_of } from "../common/messages.js";
import { post } from "./server.js";

const WAIT = 5000; // ms without a keystroke

export const start_saving = () => document.querySelectorAll("form[data-saves]").forEach((form) => new Saving(form).start());

class Saving {
	constructor(form) {
		Object.assign(this, { form, stored: this.values(form), sending: null });
		this.line = form.querySelector("[data-saved]");
	}

	values(form = this.form) {
		const values = Object.fromEntries(new FormData(form));
		delete values.modified;
		return JSON.stringify(values);
	}

	start() {
		this.form.addEventListener("input", () => {
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.save(), WAIT);
		});
		this.form.addEventListener("screen", () => this.save());
		// a form that is sent must not race with what is being saved
		this.form.addEventListener("submit", (event) => {
			clearTimeout(this.timer);
			this.leaving = !this.sending;
			if (this.leaving) return;
			event.preventDefault();
			this.sending.then(() => this.form.requestSubmit(event.submitter));
		});
		window.addEventListener("beforeunload", (event) => {
			if (this.leaving || this.values() === this.stored) return;
			event.preventDefault();
			this.save();
		});
	}

	save() {
		clearTimeout(this.timer);
		if (this.sending || this.values() === this.stored) return;
		this.sending = this.send().finally(() => (this.sending = null));
	}

	async send() {
		const sent = this.values();
		try {
			const { ok, body } = await post(this.form, this.form.dataset.saves, Object.fromEntries(new FormData(this.form)));
			if (ok) this.done(sent, body.message);
			else this.say(this.form.dataset.failed.replace("{0}", sentence_of(body)), true);
		} catch (lost) {
			this.say(this.form.dataset.failed.replace("{0}", ""), true);
		}
	}

	done(sent, { at, modified, steps, missing }) {
		this.stored = sent;
		this.form.elements.modified.value = modified;
		this.say(this.form.dataset.done.replace("{0}", at), false);
		document.querySelectorAll("[data-field]").forEach((part) => (part.hidden = !missing.includes(part.dataset.field)));
		document.querySelectorAll("[data-mark]").forEach((mark) => {
			if (steps[mark.dataset.mark]) show_step(mark, steps[mark.dataset.mark]);
		});
	}

	say(text, trouble) {
		this.line.textContent = text;
		this.line.classList.toggle("error", trouble);
	}
}

// How far a step is: {state, word, note}.
export const show_step = (mark, step) => {
	if (!step.word) return;
	const word = document.createElement("span");
	word.className = `step-state step-state--${step.state}`;
	word.textContent = step.word;
	const note = document.createElement("small");
	note.textContent = step.note;
	mark.replaceChildren(word, ...(step.note ? [" ", note] : []));
};
