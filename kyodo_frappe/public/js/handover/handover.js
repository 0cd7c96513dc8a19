import { element, h } from "../desk/html.js";

// The page: choose who hands over, see what they hold, choose a successor for all or for each row, hand over.
export class Handover {
	constructor(page) {
		this.page = page;
		this.body = element(`<div class="kyodo-handover frappe-card"></div>`);
		page.main.append(this.body);
	}

	async open(user) {
		if (!this.people) this.people = await get("kyodo_frappe.accounts.handover.people");
		if (user && user !== this.user) return this.show(user);
		if (!this.user) this.draw();
	}

	async show(user) {
		this.user = user;
		this.work = user ? await get("kyodo_frappe.accounts.handover.work_of", { user }) : null;
		this.draw();
	}

	draw() {
		this.body.innerHTML = this.chooser() + (this.work ? this.list() : this.help());
		this.on("[data-who]", "change", ({ target }) => this.show(target.value));
		this.on("[data-all]", "change", ({ target }) => this.give_all(target.value));
		this.on("[data-go]", "click", () => this.ask());
	}

	on(selector, event, act) {
		for (const found of this.body.querySelectorAll(selector)) found.addEventListener(event, act);
	}

	chooser() {
		return `<div class="form-group"><label for="handover-who">${h(__("Whose work is handed over?"))}</label>
			<select id="handover-who" class="form-control" data-who>${this.options(this.user, { closed: true })}</select></div>`;
	}

	help() {
		return `<p class="text-muted">${h(
			__("Choose the person who leaves or changes section. Everything they hold is listed here and can be given to successors.")
		)}</p>`;
	}

	options(chosen, { closed = false } = {}) {
		const shown = this.people.filter((one) => (closed ? true : one.enabled && one.user !== this.user));
		const name = (one) => `${one.name}（${one.roles.join("・")}）${one.enabled ? "" : ` ${__("login closed")}`}`;
		const option = (one) => `<option value="${h(one.user)}"${one.user === chosen ? " selected" : ""}>${h(name(one))}</option>`;
		return `<option value="">${h(__("Please choose"))}</option>${shown.map(option).join("")}`;
	}

	list() {
		const { rows, name } = this.work;
		if (!rows.length) return `<p role="status">${h(__("{0} holds nothing that could be handed over.", [name]))}</p>${this.leaving()}`;
		const heads = [__("What"), __("Held As"), __("Successor")].map((head) => `<th scope="col">${h(head)}</th>`).join("");
		return `<div class="form-group"><label for="handover-all">${h(__("Give everything to"))}</label>
			<select id="handover-all" class="form-control" data-all>${this.options()}</select></div>
			<h2 class="h4">${h(__("{0} holds {1}", [name, rows.length]))}</h2>
			<table class="table"><thead><tr>${heads}</tr></thead><tbody>${rows.map((row, at) => this.row(row, at)).join("")}</tbody></table>
			${this.leaving()}`;
	}

	row(row, at) {
		const opened = !["Role", "ToDo", "Notification Log"].includes(row.doctype);
		const title = opened ? `<a href="${h(frappe.utils.get_form_link(row.doctype, row.name))}">${h(row.title)}</a>` : h(row.title);
		const label = h(__("Successor for {0}", [row.title]));
		const end = row.place.includes(".") ? `<option value="end">${h(__("Nobody: it ends here"))}</option>` : "";
		const choice = row.may
			? `<select class="form-control input-sm" data-row="${at}" aria-label="${label}">${this.options()}${end}</select>`
			: h(__("Only a manager may hand this over."));
		return `<tr><td><small class="text-muted">${h(opened ? __(row.doctype) : "")}</small> ${title}</td><td>${h(row.what)}</td>
			<td>${choice}</td></tr>`;
	}

	leaving() {
		const closes = this.work.enabled && (frappe.user.has_role("Kyodo Manager") || frappe.user.has_role("System Manager"));
		const close = closes
			? `<div class="checkbox"><label><input type="checkbox" data-leaving> ${h(
					__("Close the login as well: sessions end, links and keys no longer work. The name stays in the history.")
				)}</label></div>`
			: "";
		return `${close}<div class="form-group"><label for="handover-reason">${h(__("Reason for handing over"))}</label>
			<input id="handover-reason" class="form-control" maxlength="500" data-reason></div>
			<button type="button" class="btn btn-primary" data-go>${h(__("Hand Over"))}</button><div data-answer role="status"></div>`;
	}

	give_all(user) {
		for (const choice of this.body.querySelectorAll("[data-row]")) choice.value = user;
	}

	chosen() {
		return [...this.body.querySelectorAll("[data-row]")]
			.filter((choice) => choice.value)
			.map((choice) => ({ ...this.work.rows[Number(choice.dataset.row)], to: choice.value }))
			.map(({ doctype, name, place, to }) => ({ doctype, name, place, to }));
	}

	ask() {
		const rows = this.chosen();
		const leaving = Boolean(this.body.querySelector("[data-leaving]:checked"));
		if (!rows.length && !leaving) {
			frappe.show_alert({ message: __("Please choose a successor for at least one row."), indicator: "orange" });
			return;
		}
		const said = [__("{0} of {1} are handed over.", [rows.length, this.work.rows.length])];
		if (leaving) said.push(__("The login of {0} is closed.", [this.work.name]));
		frappe.confirm(said.map(h).join("<br>"), () => this.hand_over(rows, leaving));
	}

	async hand_over(rows, leaving) {
		const reason = this.body.querySelector("[data-reason]").value;
		const args = { user: this.user, rows: JSON.stringify(rows), leaving: leaving ? 1 : 0, reason };
		const answer = await frappe.xcall("kyodo_frappe.accounts.handover.hand_over", args);
		this.people = await get("kyodo_frappe.accounts.handover.people");
		await this.show(this.user);
		this.body.querySelector("[data-answer]").append(element(this.answer_of(answer)));
	}

	answer_of({ handover, moved, refused, closed }) {
		const said = [__("Handed over: {0}.", [moved])];
		if (closed) said.push(__("The login is closed."));
		const record = handover
			? ` <a href="${h(frappe.utils.get_form_link("Kyodo Handover", handover))}">${h(__("Record of it"))} →</a>`
			: "";
		const left = refused.map(({ title, why }) => `<li>${h(title)}: ${h(why)}</li>`).join("");
		const stayed = left ? `<p>${h(__("Not handed over:"))}</p><ul>${left}</ul>` : "";
		return `<div class="alert alert-${left ? "warning" : "success"}"><p>${h(said.join(" "))}${record}</p>${stayed}</div>`;
	}
}

const get = (method, args = {}) => frappe.call({ method, type: "GET", args }).then(({ message }) => message);
