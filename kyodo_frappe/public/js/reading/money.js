import { element, h } from "../desk/html.js";
import { file_html, shown_file } from "./document.js";

const yen = (amount) => __("{0} yen", [Number(amount || 0).toLocaleString("ja-JP")]);

// The settlement line by line, each voucher beside its line, the chosen one shown in place. judge(args): promise of a problem or "".
export class Money {
	constructor({ host, judge }) {
		Object.assign(this, { host, judge, chosen: null });
		host.addEventListener("click", ({ target }) => this.press(target));
		host.addEventListener("keydown", (event) => this.step(event));
		host.addEventListener("focusin", ({ target }) => {
			const item = target.closest("[data-item]");
			if (item) this.choose(item.dataset.item);
		});
	}

	show({ lines, sums, note, may_judge }, fresh) {
		if (fresh) this.chosen = null;
		this.may_judge = may_judge;
		this.items = new Map();
		this.host.hidden = !lines.length;
		if (!lines.length) return;
		const rows = lines.map((line) => this.line_html(line)).join("");
		const totals = sums.map(([heading, text]) => `<div><dt>${h(heading)}</dt><dd>${h(text)}</dd></div>`).join("");
		this.host.innerHTML =
			`<h3>${__("Settlement")}</h3><p class="text-muted">${__("Arrow keys up and down go from voucher to voucher.")}</p>` +
			`<p role="alert" class="reading__problem"></p>` +
			`<div class="money"><div class="money__lines">${rows}</div><div class="money__file" aria-live="polite"></div></div>` +
			`<dl class="money__sums">${totals}</dl><p>${h(note)}</p>`;
		this.show_file();
	}

	line_html(line) {
		const head =
			`<h4 id="reading-line-${h(line.name)}" tabindex="-1">${h(line.category)} ${h(line.description)}</h4>` +
			`<p class="money__of">${__("Planned")} ${yen(line.budget)}　${__("Spent")} ${yen(line.actual)}　<b>${__("Recognised")} ${yen(line.recognised)}</b></p>` +
			(line.refused ? `<p class="money__why">${__("Not Recognised Because")}: ${h(line.refused)}</p>` : "");
		if (line.vouchers.length)
			return `<section>${head}${line.vouchers.map((one) => this.item(one, "expense", one.amount)).join("")}</section>`;
		const own = { ...line, finding: line.finding ? line.finding.split("\n") : [], checked: line.accepted, reasons: [] };
		return `<section>${head}${line.actual ? this.item(own, "line", line.actual) : ""}</section>`;
	}

	// A voucher, or a line that was typed without one. kind: the argument that names it.
	item(one, kind, amount) {
		const key = `${kind}:${one.name}`;
		this.items.set(key, { ...one, kind, amount });
		const facts =
			kind === "expense" ? [one.paid_on, one.payee, one.addressee && __("made out to {0}", [one.addressee]), one.description] : [];
		const said = [...new Set([...one.finding, ...one.reasons])].map((text) => `<li>${h(text)}</li>`).join("");
		const state =
			one.recognised >= amount
				? one.checked
					? __("recognised")
					: __("recognised unless you object")
				: one.recognised
					? __("recognised in part")
					: __("not recognised");
		return (
			`<div class="money__item" data-item="${h(key)}" tabindex="0"><p><b>${yen(amount)}</b> ${h(facts.filter(Boolean).join("　"))} ` +
			`<span class="indicator-pill no-indicator-dot ${one.recognised >= amount ? "green" : "orange"}">${state}</span></p>` +
			`${said ? `<ul>${said}</ul>` : ""}${one.file ? "" : `<p class="money__why">${__("No voucher is attached.")}</p>`}${this.may_judge ? this.tools(one, amount) : ""}</div>`
		);
	}

	tools(one, amount) {
		return (
			`<div class="money__tools"><button class="btn btn-xs btn-primary" data-all>${__("Recognise All")}</button>` +
			`<label>${__("Recognise only")} <input class="form-control input-xs" inputmode="numeric" data-amount value="${one.refused ? one.recognised : ""}" placeholder="0"></label>` +
			`<label>${__("Because of")} <input class="form-control input-xs" data-reason value="${h(one.refused || "")}"></label>` +
			`<button class="btn btn-xs btn-default" data-part data-of="${amount}">${__("Set the Amount")}</button></div>`
		);
	}

	async press(target) {
		const item = target.closest("[data-item]");
		if (!item || (target.dataset.all === undefined && target.dataset.part === undefined)) return;
		const { kind, name, amount } = this.items.get(item.dataset.item);
		const all = target.dataset.all !== undefined;
		const [part, reason] = ["[data-amount]", "[data-reason]"].map((one) => item.querySelector(one).value);
		const next = all ? this.after(item.dataset.item) : item.dataset.item;
		const problem = await this.judge({ [kind]: name, amount: all ? amount : part || 0, reason: all ? "" : reason });
		this.host.querySelector("[role=alert]").textContent = problem;
		if (!problem) this.host.querySelector(`[data-item="${CSS.escape(next)}"]`)?.focus();
	}

	after(key) {
		const keys = [...this.items.keys()];
		return keys[Math.min(keys.indexOf(key) + 1, keys.length - 1)];
	}

	step(event) {
		if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input, textarea")) return;
		const items = [...this.host.querySelectorAll("[data-item]")];
		const at = items.indexOf(event.target.closest("[data-item]"));
		if (at < 0) return;
		event.preventDefault();
		items[Math.max(0, Math.min(items.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
	}

	choose(key) {
		if (key === this.chosen) return;
		this.chosen = key;
		this.show_file();
	}

	show_file() {
		const chosen = this.items.get(this.chosen) || [...this.items.values()].find((one) => one.file);
		this.host.querySelectorAll("[data-item]").forEach((item) => {
			item.classList.toggle("money__item--chosen", this.items.get(item.dataset.item) === chosen);
		});
		const place = this.host.querySelector(".money__file");
		const url = (chosen && chosen.file && chosen.file.url) || "";
		if (place.dataset.url === url && place.hasChildNodes()) return;
		place.dataset.url = url;
		if (!url) return (place.innerHTML = `<p class="text-muted">${__("No voucher to show.")}</p>`);
		const file = chosen.file;
		place.replaceChildren(
			element(`<div>${file.kind === "other" ? file_html(file) : `${shown_file(file)}<p>${h(file.name)}</p>`}</div>`)
		);
	}
}
