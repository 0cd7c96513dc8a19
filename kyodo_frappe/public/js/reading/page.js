import { ask } from "../desk/ask.js";
import { h } from "../desk/html.js";
import { receive_many } from "../desk/receiving.js";
import { Acts } from "./acts.js";
import { checks_html } from "./checks.js";
import { changes_html, document_html, open_files } from "./document.js";
import { METHODS } from "./methods.js";
import { Money } from "./money.js";
import { ReadingQueue } from "./queue.js";
import { Points } from "./points.js";

const FRAME = `<div class="reading">
	<header class="reading__head"><div class="reading__titles"><h2 tabindex="-1"></h2><p class="reading__facts"></p></div>
		<nav class="reading__queue"></nav></header><div class="reading__said" data-outcomes role="status"></div>
	<div class="reading__body"><main class="reading__document"><div class="reading__written"></div><div class="reading__money"></div></main>
		<aside class="reading__side"><div class="reading__scroll"><section class="reading__checks"></section>
			<section class="reading__points"></section></div><section class="reading__acts"></section></aside></div></div>`;

// The desk page: one record at a time, from a queue of those that wait alike.
export class ReadingPage {
	constructor(page) {
		this.page = page;
		page.main.html(FRAME);
		this.root = page.main[0].querySelector(".reading");
		const find = (name) => this.root.querySelector(`.reading__${name}`);
		this.parts = Object.fromEntries(
			["titles", "facts", "queue", "said", "written", "money", "checks", "points", "acts"].map((one) => [one, find(one)])
		);
		this.points = new Points({ host: this.parts.points, text: find("document"), store: (what, args) => this.store(what, args) });
		this.acts = new Acts({
			host: this.parts.acts,
			take: (act, reason) => this.take(act, reason),
			unsent: () => this.points.unsent.length,
		});
		this.money = new Money({ host: this.parts.money, judge: (args) => this.store("recognise", args) });
		open_files(this.root);
		this.parts.queue.addEventListener("click", ({ target }) => this.turn(target.closest("button")));
		this.parts.checks.addEventListener("click", (event) => this.go(event));
		this.keys = (event) => this.key(event);
		this.fit = () => this.fit_side();
	}

	// Shows a record; without a name the first of those that wait.
	async show(doctype, name) {
		document.addEventListener("keydown", this.keys);
		document.addEventListener("scroll", this.fit, true);
		if (!METHODS[doctype]) return this.empty(__("This page shows proposals and reports."));
		if (this.doctype !== doctype || kyodo.reading_queue) this.queue = null;
		this.doctype = doctype;
		if (!name) return this.begin();
		const known = this.queue && this.queue.has(name);
		await this.load(name);
		if (!known && this.name === name) await this.find_queue(name);
	}

	hide() {
		document.removeEventListener("keydown", this.keys);
		document.removeEventListener("scroll", this.fit, true);
		this.parts.said.innerHTML = "";
	}

	call(what, args, options) {
		return ask(METHODS[this.doctype][what], args, options);
	}

	get named() {
		return { [METHODS[this.doctype].argument]: this.name };
	}

	// -- the queue

	async begin() {
		try {
			this.queue = new ReadingQueue(await this.call("queue", {}, { get: true }));
		} catch (refusal) {
			return this.empty(refusal.sentence);
		}
		const [first] = this.queue.rows;
		if (!first) return this.empty(__("Nothing is waiting."));
		frappe.set_re_route("kyodo-reading", this.doctype, first.name);
	}

	async find_queue(name) {
		const chosen = kyodo.reading_queue;
		kyodo.reading_queue = null;
		if (chosen && chosen.some((row) => row.name === name)) this.queue = new ReadingQueue(chosen);
		else this.queue = new ReadingQueue(await this.call("queue", this.named, { get: true }).catch(() => []));
		if (this.name === name) this.show_queue();
	}

	open(name) {
		frappe.set_route("kyodo-reading", this.doctype, name);
	}

	show_queue() {
		const { queue, name } = this;
		if (!queue || queue.rows.length < 2 || !queue.has(name)) return (this.parts.queue.innerHTML = "");
		const button = (to, sign, label, key) =>
			`<button class="btn btn-sm btn-default" data-to="${h(to ? to.name : "")}"${to ? "" : " disabled"} aria-label="${label}" title="${to ? h(to.title) : ""} (${key})">${sign}</button>`;
		const many =
			this.doctype === "Kyodo Proposal" && this.is_waiting && frappe.user.has_role("Kyodo Officer")
				? `<button class="btn btn-sm btn-default" data-many>${__("Receive Several")}</button>`
				: "";
		this.parts.queue.innerHTML = `${many}${button(queue.next(name, -1), "‹", __("Previous"), "←")}<span>${queue.at(name) + 1} / ${queue.rows.length}</span>${button(queue.next(name), "›", __("Next"), "→")}`;
	}

	get is_waiting() {
		return kyodo.is_in({ doctype: this.doctype, workflow_state: this.shown.state }, "Waiting");
	}

	turn(button) {
		if (!button) return;
		if (button.dataset.to) return this.open(button.dataset.to);
		if (button.dataset.many !== undefined)
			receive_many(
				this.queue.waiting.map((row) => row.name),
				() => this.begin()
			);
	}

	key(event) {
		const typing = event.target.matches?.("input, textarea, select, [contenteditable=true]") || document.querySelector(".modal.show");
		if (typing || event.altKey || event.ctrlKey || event.metaKey || !document.getSelection().isCollapsed || !this.queue) return;
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		const to = step && this.queue.next(this.name, step);
		if (to) this.open(to.name);
	}

	// -- one record

	// The side ends where the window does, so that the acts are always in sight.
	fit_side() {
		const side = this.root.querySelector(".reading__side");
		if (getComputedStyle(side).position === "sticky")
			side.style.height = `${Math.round(window.innerHeight - side.getBoundingClientRect().top - 12)}px`;
		else side.style.height = "";
	}

	async load(name) {
		this.name = name;
		this.root.setAttribute("aria-busy", "true");
		let found;
		try {
			found = await this.call("read", this.named, { get: true });
		} catch (refusal) {
			return this.empty(refusal.sentence);
		}
		if (this.name !== name) return; // another one was opened meanwhile
		this.root.removeAttribute("aria-busy");
		this.root.classList.remove("reading--empty");
		this.root.querySelector("h2").textContent = found.title;
		const facts = found.facts.map(([heading, text]) => `<span><small>${h(heading)}</small> ${h(text)}</span>`);
		const form = `<a href="${h(frappe.utils.get_form_link(this.doctype, name))}">${__("Open the form")}</a>`;
		this.parts.facts.innerHTML = `${facts.join("")}<span><small>${h(name)}</small></span>${form}`;
		this.parts.written.innerHTML = changes_html(found.changes) + document_html(found.document, found.may_point);
		this.page.set_title(__("Read and Check"));
		this.course(found, true);
		this.show_queue();
		this.root.querySelector("h2").focus({ preventScroll: true });
		window.scrollTo(0, 0);
		this.root.querySelector(".reading__scroll").scrollTop = 0;
		this.fit_side();
	}

	course(found, fresh = false) {
		this.shown = { ...this.shown, ...found };
		this.page.set_indicator(h(found.state_word), "blue");
		if (found.checks) this.parts.checks.innerHTML = checks_html(found.checks);
		if (found.lines) this.money.show(found, fresh);
		this.parts.money.hidden = !(found.lines && found.lines.length);
		this.points.show(`kyodo-reading:${frappe.session.user}:${this.doctype}:${this.name}`, found);
		this.acts.show(found.acts, fresh);
	}

	async store(what, args) {
		try {
			this.course(await this.call(what, { ...this.named, ...args }));
			return "";
		} catch (refusal) {
			return refusal.sentence;
		}
	}

	async take(act, reason) {
		const { name } = this;
		const title = this.shown.title;
		let found;
		try {
			found = await this.call("act", { ...this.named, action: act.action, seen: this.shown.modified, reason });
		} catch (refusal) {
			return refusal.sentence;
		}
		this.say(title, found.state_word);
		if (this.queue) this.queue.done.set(name, act.label);
		const next = this.queue && this.queue.has(name) && this.queue.following(name);
		if (next) this.open(next.name);
		else this.finish(found);
		return "";
	}

	// Says what has become of a record; what else the act has done is added by desk/outcome.js.
	say(title, state_word) {
		this.parts.said.dataset.about = title;
		this.parts.said.innerHTML = `<div class="kyodo-outcome"><div><b>${h(title)}</b>　${h(__("It is now “{0}”.", [state_word]))}</div></div>`;
	}

	// After the last one of the queue: what was done, and the record as it is now.
	async finish(found) {
		await this.load(this.name);
		const counts = (this.queue ? this.queue.counts : []).map(([label, number]) => __("{0}: {1}", [label, number]));
		this.parts.queue.innerHTML = `<span role="status">${__("All records of the queue are done.")} ${h(counts.join(__(", ")))}</span>`;
		this.shown.state = found.state;
	}

	go(event) {
		const { go } = event.target.dataset;
		if (!go) return;
		event.preventDefault();
		const place = this.root.querySelector(`#reading-${CSS.escape(go)}`) || (go === "settlement" && this.parts.money);
		if (!place) return;
		place.scrollIntoView({ block: "center" });
		place.focus({ preventScroll: true });
	}

	empty(sentence) {
		this.root.removeAttribute("aria-busy");
		this.root.classList.add("reading--empty");
		this.root.querySelector("h2").textContent = sentence;
		for (const part of ["facts", "queue", "written", "money", "checks", "points", "acts"]) this.parts[part].innerHTML = "";
	}
}
