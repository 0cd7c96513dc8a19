import { element, h } from "../desk/html.js";

// Points to correct: chosen in the text, worded at the right, kept by the server until the record is returned. host: the element;
// text: the element of the document; store(what, args): promise of the new course.
export class Points {
	constructor({ host, text, store }) {
		Object.assign(this, { host, text, store, points: [], parts: [], draft: null });
		this.bar = element(`<button class="btn btn-primary btn-sm reading__bar" hidden>${__("Ask for a Correction Here")}</button>`);
		text.append(this.bar);
		this.bar.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
		this.bar.addEventListener("click", () => this.begin(this.chosen));
		text.addEventListener("click", ({ target }) => {
			const ask = target.closest("[data-ask]");
			if (ask) this.begin({ field: ask.dataset.ask, passage: "" });
		});
		host.addEventListener("click", (event) => this.press(event));
		host.addEventListener("input", () => this.keep());
		host.addEventListener("keydown", (event) => {
			if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.host.querySelector("[data-add]")?.click();
			if (event.key === "Escape") this.drop();
		});
		this.follow = () => this.offer();
		document.addEventListener("selectionchange", this.follow);
	}

	stop() {
		document.removeEventListener("selectionchange", this.follow);
	}

	// Shows the points of a record; what was being worded is still there.
	show(key, { points, may_point, parts }) {
		if (key !== this.key) this.draft = this.kept(key);
		Object.assign(this, { key, points, may_point, parts: parts || this.parts });
		this.render();
	}

	get unsent() {
		return this.points.filter((point) => !point.sent);
	}

	// -- choosing a passage

	offer() {
		const selection = document.getSelection();
		const place = this.may_point && !selection.isCollapsed && selection.rangeCount ? this.place_of(selection) : null;
		this.bar.hidden = !place;
		if (!place) return;
		this.chosen = place;
		const box = selection.getRangeAt(0).getBoundingClientRect();
		const around = this.text.getBoundingClientRect();
		this.bar.style.top = `${box.bottom - around.top + 6}px`;
		this.bar.style.left = `${Math.max(0, Math.min(box.left - around.left, around.width - 180))}px`;
	}

	place_of(selection) {
		const range = selection.getRangeAt(0).cloneRange();
		const start = range.startContainer.parentElement || range.startContainer;
		const text = (start.closest(".reading__text") && start.closest(".reading__block")) || null;
		if (!text || !this.text.contains(text)) return null;
		const inner = text.querySelector(".reading__text");
		if (!inner.contains(range.endContainer)) range.setEndAfter(inner.lastChild); // of several parts, the first
		const passage = range.toString().trim();
		return passage ? { field: text.dataset.field, passage } : null;
	}

	// -- wording

	begin({ field, passage }) {
		this.draft = { field, passage, reason: (this.draft && !this.draft.row && this.draft.reason) || "" };
		this.bar.hidden = true;
		document.getSelection().removeAllRanges();
		this.keep();
		this.render();
		this.host.querySelector("textarea").focus();
	}

	drop() {
		this.draft = null;
		this.keep();
		this.render();
	}

	async press({ target }) {
		const { edit, remove, settle } = target.dataset;
		if (target.dataset.add !== undefined) return this.add();
		if (target.dataset.drop !== undefined) return this.drop();
		if (target.dataset.whole !== undefined) return this.begin({ field: "", passage: "" });
		if (edit) {
			const { field, passage, reason } = this.points.find((point) => point.name === edit);
			this.draft = { row: edit, field, passage, reason };
			this.render();
			return this.host.querySelector("textarea").focus();
		}
		if (remove) return this.send("remove", { row: remove });
		if (settle) return this.send("settle", { row: settle, settled: target.checked ? 1 : 0 });
	}

	async add() {
		const { row, field, passage } = this.draft;
		const reason = this.host.querySelector("textarea").value;
		if (!reason.trim()) return this.host.querySelector("textarea").focus();
		const done = await (row ? this.send("change", { row, reason }) : this.send("add", { field, passage, reason }));
		if (done) this.drop();
	}

	async send(what, args) {
		const problem = await this.store(what, args);
		if (problem) this.host.querySelector("[role=alert]").textContent = problem;
		return !problem;
	}

	// -- what is being worded stays on this device

	keep() {
		const words = this.host.querySelector("textarea");
		if (this.draft && words) this.draft.reason = words.value;
		try {
			if (this.draft && !this.draft.row) localStorage.setItem(this.key, JSON.stringify(this.draft));
			else localStorage.removeItem(this.key);
		} catch (full) {
			// it stays on the page only
		}
	}

	kept(key) {
		try {
			return JSON.parse(localStorage.getItem(key));
		} catch (broken) {
			return null;
		}
	}

	// -- showing

	render() {
		const sent = this.points.filter((point) => point.sent);
		this.host.hidden = !this.may_point && !this.points.length;
		const begin =
			this.may_point && !this.draft ? `<button class="btn btn-xs btn-default" data-whole>${__("About the whole")}</button>` : "";
		const hint =
			this.may_point && !this.unsent.length && !this.draft
				? `<p class="text-muted">${__("Select a passage in the text to ask for a correction there.")}</p>`
				: "";
		this.host.innerHTML =
			`<h4>${__("Points to Correct")} <small>${this.unsent.length || ""}</small> ${begin}</h4>${hint}` +
			`<ol>${this.unsent.map((point) => this.point_html(point)).join("")}</ol>${this.draft && this.may_point ? this.form_html() : ""}` +
			`<p role="alert" class="reading__problem"></p>` +
			(sent.length
				? `<details><summary>${__("Asked for before")}（${sent.length}）</summary><ul>${sent.map((point) => this.sent_html(point)).join("")}</ul></details>`
				: "");
	}

	label_of(field) {
		return (this.parts.find((part) => part.value === field) || {}).label || __("The whole");
	}

	point_html(point) {
		const tools = `<button class="btn btn-xs btn-default" data-edit="${h(point.name)}">${__("Edit")}</button> <button class="btn btn-xs btn-default" data-remove="${h(point.name)}">${__("Remove")}</button>`;
		return `<li><b>${h(point.label)}</b>${quoted(point.passage)}<p>${h(point.reason)}</p>${this.may_point && !this.draft ? tools : ""}</li>`;
	}

	form_html() {
		const { row, field, passage, reason } = this.draft;
		return (
			`<div class="reading__wording"><b>${h(this.label_of(field))}</b>${quoted(passage)}` +
			`<label>${__("What To Correct")}<textarea class="form-control" rows="3">${h(reason)}</textarea></label>` +
			`<button class="btn btn-sm btn-primary" data-add>${row ? __("Change") : __("Add to the Points")}</button> ` +
			`<button class="btn btn-sm btn-default" data-drop>${__("Cancel")}</button> <small class="text-muted">Ctrl+Enter</small></div>`
		);
	}

	sent_html(point) {
		const answer = point.answer ? `<p>${__("Answer")}: ${h(point.answer)}</p>` : "";
		const tick = this.may_point
			? `<label><input type="checkbox" data-settle="${h(point.name)}"${point.settled ? " checked" : ""}> ${__("Seen to; not asked again")}</label>`
			: point.settled
				? __("Settled")
				: "";
		return `<li><b>${h(point.label)}</b> <small>${h(point.sent)}</small>${quoted(point.passage)}<p>${h(point.reason)}</p>${answer}${tick}</li>`;
	}
}

const quoted = (passage) => (passage ? `<blockquote>${h(passage)}</blockquote>` : "");
