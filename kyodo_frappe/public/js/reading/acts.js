import { h } from "../desk/html.js";

const PAUSE = 700; // ms after a record has appeared in which a second click of a double click does nothing

// The next acts, always in the same place. take(act, reason) does one; unsent(): number of points that would be sent.
export class Acts {
	constructor({ host, take, unsent }) {
		Object.assign(this, { host, take, unsent, since: 0 });
		host.addEventListener("click", ({ target }) => {
			const { act } = target.dataset;
			if (act === undefined || Date.now() - this.since < PAUSE) return;
			this.do(this.acts[Number(act)]);
		});
	}

	show(acts, fresh) {
		if (fresh) this.since = Date.now();
		const kept = fresh ? "" : this.reason;
		const open = acts.filter((act) => !act.obstacle);
		this.acts = [...open, ...acts.filter((act) => act.obstacle)];
		const hands_back = open.some((act) => act.returns);
		const words = hands_back
			? `<label class="reading__whole">${__("To the whole, sent with it (optional)")}<textarea class="form-control" rows="1" data-reason>${h(kept)}</textarea></label>`
			: "";
		const first = open.find((act) => !act.returns);
		this.host.innerHTML = `<h4>${__("What You Can Do Now")}</h4>${words}${
			this.acts.map((act, number) => this.act_html(act, number, act === first)).join("") ||
			`<p>${__("You have nothing to do here.")}</p>`
		}<p role="alert" class="reading__problem"></p>`;
	}

	get reason() {
		const words = this.host.querySelector("[data-reason]");
		return words ? words.value : "";
	}

	act_html(act, number, primary) {
		const count = act.returns && this.unsent() ? __("({0} points)", [this.unsent()]) : "";
		const kind = primary ? "btn-primary" : "btn-default";
		const says = act.obstacle || act.says;
		return (
			`<div class="reading__act"><button class="btn btn-sm ${kind}" data-act="${number}"${act.obstacle ? " disabled" : ""} ` +
			`aria-describedby="act-${number}">${h(act.label)}${count}</button><small id="act-${number}">${h(says)}</small></div>`
		);
	}

	async do(act) {
		const buttons = this.host.querySelectorAll("[data-act]");
		if (this.busy) return;
		this.busy = true;
		buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
		const problem = await this.take(act, act.returns ? this.reason : "");
		this.busy = false;
		if (!problem) return;
		buttons.forEach((button) => button.removeAttribute("aria-disabled"));
		this.host.querySelector("[role=alert]").textContent = problem;
	}
}
