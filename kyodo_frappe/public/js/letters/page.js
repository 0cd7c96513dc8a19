// Letters and their approval (起案・決裁・施行): the list at the left, the sheet in the middle, wording and acts at the right.
import { ask } from "../desk/ask.js";
import { h } from "../desk/html.js";
import { run_act } from "./acts.js";
import { list_html } from "./list.js";
import { METHODS } from "./methods.js";
import { side_html, values_of } from "./side.js";

const PATIENCE = 120000; // ms: twenty letters take longer than one

const SHEET = 830; // px: A4 as browsers measure it, with room for a scroll bar

// Makes the sheet as wide as its place, without breaking its lines anew.
const fit = (place) => {
	const frame = place.querySelector("iframe");
	if (!frame || !place.clientWidth) return;
	const scale = Math.min(place.clientWidth / SHEET, 1);
	Object.assign(frame.style, { transform: `scale(${scale})`, width: `${SHEET}px`, height: `${place.clientHeight / scale}px` });
};

export class LettersPage {
	constructor(page) {
		this.page = page;
		this.ticked = new Set();
		this.group = "";
		page.main.html(`<div class="kyodo-letters">
			<div class="letters__said" data-outcomes role="status"></div>
			<nav class="letters__list" aria-label="${__("Letters")}"></nav>
			<section class="letters__sheet" aria-label="${__("Sheet as it will be issued")}"></section>
			<aside class="letters__side" aria-label="${__("Wording and next step")}"></aside></div>`);
		this.root = page.main.find(".kyodo-letters")[0];
		this.root.addEventListener("click", (event) => this.on_click(event));
		this.root.addEventListener("change", (event) => this.on_change(event));
		this.root.addEventListener("input", (event) => event.target.closest("[data-field]") && this.mark_changed());
		new ResizeObserver(([entry]) => fit(entry.target)).observe(this.root.querySelector(".letters__sheet"));
		this.on_key = (event) => this.move_by_key(event);
	}

	async show(letter) {
		document.addEventListener("keydown", this.on_key);
		if (letter) await this.choose(letter);
		await this.load(letter && this.shown ? this.shown.group : this.group);
	}

	hide() {
		document.removeEventListener("keydown", this.on_key);
		this.say("");
	}

	// Says what was done, in the line to which desk/outcome.js adds what comes next.
	say(act, text = "") {
		const line = this.root.querySelector("[data-outcomes]");
		line.dataset.about = act;
		line.innerHTML = act ? `<div class="kyodo-outcome"><div><b>${h(act)}</b>　${h(text)}</div></div>` : "";
	}

	get(method, args) {
		return this.guarded(() => ask(METHODS[method], args, { get: true, patience: PATIENCE }));
	}

	post(method, args) {
		return this.guarded(() => ask(METHODS[method], args, { patience: PATIENCE }));
	}

	// Shows the refusal of a request; resolves with null then.
	async guarded(request) {
		try {
			return await request();
		} catch (refusal) {
			frappe.msgprint({ message: refusal.sentence, indicator: "red" });
			return null;
		}
	}

	// Loads the list, and a letter of it if none is shown.
	async load(group = this.group) {
		const found = await this.get("overview", { group });
		if (!found) return;
		this.group = found.group;
		this.data = found;
		const names = found.rows.map((row) => row.name);
		this.ticked = new Set([...this.ticked].filter((name) => names.includes(name)));
		this.draw_list();
		if (!this.shown && names.length) await this.choose(names[0]);
		else if (!this.shown) this.draw_sheet();
	}

	async choose(name) {
		if (!name || !(await this.may_leave())) return;
		const found = await this.get("sheet", { letter: name });
		if (found) this.put(found);
	}

	// Takes over a letter from the server.
	put(shown) {
		this.shown = shown;
		this.changed = false;
		if (this.data) this.draw_list();
		this.draw_sheet();
	}

	may_leave() {
		if (!this.changed) return true;
		return new Promise((resolve) =>
			frappe.confirm(
				__("The changes of this letter are not saved. Go on without saving?"),
				() => resolve(true),
				() => resolve(false)
			)
		);
	}

	// -- drawing

	draw_list() {
		const part = this.root.querySelector(".letters__list");
		const rows = part.querySelector(".letters__rows");
		const scrolled = rows ? rows.scrollTop : 0;
		part.innerHTML = list_html(this);
		part.querySelector(".letters__rows").scrollTop = scrolled;
	}

	draw_sheet() {
		const sheet = this.root.querySelector(".letters__sheet");
		const side = this.root.querySelector(".letters__side");
		if (!this.shown) {
			sheet.innerHTML = `<p class="letters__empty">${__("There is no letter here.")}</p>`;
			side.innerHTML = "";
			return;
		}
		const frame = document.createElement("iframe");
		frame.setAttribute("sandbox", "");
		frame.title = __("Sheet as it will be issued");
		frame.srcdoc = this.shown.html;
		sheet.replaceChildren(frame);
		fit(sheet);
		side.innerHTML = side_html(this);
	}

	mark_changed() {
		this.changed = true;
		const button = this.root.querySelector('[data-act="save"]');
		if (button) button.disabled = false;
	}

	// -- what the user does

	on_click(event) {
		const part = event.target.closest("[data-act]");
		if (!part || part.disabled) return;
		const { act, letter, group } = part.dataset;
		if (act === "choose") this.choose(letter);
		else if (act === "group") this.show_group(group);
		else if (act === "save") this.save();
		else if (act === "step") this.step(Number(part.dataset.by));
		else run_act(this, act);
	}

	on_change(event) {
		const { tick, all } = event.target.dataset;
		if (all) this.data.rows.forEach((row) => (event.target.checked ? this.ticked.add(row.name) : this.ticked.delete(row.name)));
		else if (tick) event.target.checked ? this.ticked.add(tick) : this.ticked.delete(tick);
		else return;
		this.draw_list();
		this.root.querySelector(".letters__side").innerHTML = this.shown ? side_html(this) : "";
	}

	async show_group(group) {
		if (!(await this.may_leave())) return;
		this.shown = null;
		this.changed = false;
		this.ticked.clear();
		await this.load(group);
	}

	async save() {
		const { name: letter, modified } = this.shown;
		const saved = await this.post("change", { letter, modified, values: values_of(this.root) });
		if (!saved) return false;
		const voided = this.shown.state !== saved.state;
		this.put(saved);
		frappe.show_alert({
			message: voided ? __("Saved. The letter is a draft again and needs a new approval.") : __("Saved"),
			indicator: voided ? "orange" : "green",
		});
		await this.load();
		return true;
	}

	// The letters of the next act: those that are ticked, or the one that is shown.
	get chosen() {
		return this.ticked.size ? [...this.ticked] : this.shown ? [this.shown.name] : [];
	}

	step(by) {
		const names = this.data.rows.map((row) => row.name);
		const at = names.indexOf(this.shown && this.shown.name);
		this.choose(names[at + by]);
	}

	// J and K lead to the next and the previous letter, unless something is being typed.
	move_by_key(event) {
		const typing = event.target.closest("input, textarea, select, [contenteditable], .modal");
		if (typing || event.ctrlKey || event.metaKey || event.altKey || !this.data) return;
		const by = { j: 1, k: -1 }[event.key];
		if (by) this.step(by);
	}

	// After an act: what has become of the letters, then the next one that waits.
	async after(names) {
		const rows = this.data.rows.map((row) => row.name);
		const last = Math.max(...names.map((name) => rows.indexOf(name)));
		const next = rows.slice(last + 1).find((name) => !names.includes(name)) || rows.find((name) => !names.includes(name));
		this.ticked.clear();
		this.changed = false;
		const { group } = this;
		this.shown = null;
		await this.load(group);
		const listed = this.data.rows.map((row) => row.name);
		if (listed.includes(next)) await this.choose(next);
	}
}
