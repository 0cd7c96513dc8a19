// Shows after an act what has happened and what comes next, as the server answers it (common/outcome.py): as a line above the form of
// the record, in the line that a page keeps for it ([data-outcomes]), elsewhere as a passing notice.
import { element, h } from "./html.js";

const WAIT = 4000; // ms in which the form of the record may refresh itself and show the line
const AT_ONCE = 300;
const pending = new Map(); // "DocType/name": outcome that no form has shown yet

export const show_outcomes = () => {
	jQuery(document).on("ajaxSuccess", (_event, xhr) => take(xhr.responseJSON && xhr.responseJSON.kyodo_outcome));
	jQuery(document).on("form-refresh", (_event, frm) => refresh(frm));
};

// Takes the outcome of a request that was not sent by Frappe (ask.js).
export const take = (outcome) => {
	if (!outcome) return;
	const key = `${outcome.doctype}/${outcome.name}`;
	pending.set(key, outcome);
	const opens_form = is_open(outcome) || frappe.get_route()[0] === "kyodo-session";
	setTimeout(
		() => {
			if (pending.get(key) !== outcome) return;
			pending.delete(key);
			const line = line_of_page();
			if (is_open(outcome)) draw(cur_frm, outcome);
			else if (line) fill(line, outcome);
			// what comes next may be done on this very page
			else if (!outcome.next || outcome.next.page !== frappe.get_route()[0])
				frappe.show_alert({ message: html_of(outcome), indicator: "green" }, 15);
		},
		opens_form ? WAIT : AT_ONCE
	);
};

const is_open = ({ doctype, name }) => {
	const [view, kind, record] = frappe.get_route();
	return view === "Form" && kind === doctype && record === name && cur_frm && cur_frm.docname === name;
};

// The line that the page which is shown keeps for outcomes; `data-about`: what it says first, as the title of the record.
const line_of_page = () => frappe.container.page && frappe.container.page.querySelector("[data-outcomes]");

const fill = (line, outcome) => {
	const about = line.dataset.about ? `<b>${h(line.dataset.about)}</b>　` : "";
	line.innerHTML = `<div class="kyodo-outcome"><div>${about}${html_of(outcome)}</div></div>`;
};

const refresh = (frm) => {
	const key = `${frm.doctype}/${frm.docname}`;
	const outcome = pending.get(key);
	const shown = frm.$wrapper.find(".kyodo-outcome");
	if (outcome) {
		pending.delete(key);
		draw(frm, outcome);
	} else if (shown.length && shown.attr("data-record") !== key) shown.remove();
};

const draw = (frm, outcome) => {
	frm.$wrapper.find(".kyodo-outcome").remove();
	const line =
		element(`<div class="kyodo-outcome form-message green" role="status" data-record="${h(`${outcome.doctype}/${outcome.name}`)}">
		<div>${html_of(outcome)}</div>
		<button type="button" class="btn btn-xs btn-default">${h(__("Close the message"))}</button></div>`);
	line.querySelector("button").addEventListener("click", () => line.remove());
	const jump = line.querySelector("[data-field]");
	if (jump) jump.addEventListener("click", () => frm.scroll_to_field(jump.dataset.field));
	frm.layout.wrapper.before(line);
};

const html_of = (outcome) => {
	const said = [];
	if (outcome.acts > 1) said.push(h(__("{0} records are done.", [outcome.acts])));
	else if (outcome.state) said.push(h(__("It is now “{0}”.", [outcome.state])));
	if (outcome.made.length) said.push(__("Made: {0}.", [outcome.made.map(link_to).join(h(__(", ")))]));
	if (outcome.mails) said.push(h(__("{0} mails go out.", [outcome.mails])));
	const first = `<span>${said.join(" ")}</span>`;
	if (!outcome.next) return first;
	return `${first} <strong>${h(__("Next:"))}</strong> ${next_of(outcome)}`;
};

const next_of = ({ acts, name, next }) => {
	if (acts > 1) return h(next.text);
	const arrow = `${h(next.text)} →`;
	if (next.page) return anchor([next.page, name], arrow);
	if (next.names && next.names.length) return anchor(route_of(next), arrow);
	if (next.field) return `<button type="button" class="btn btn-xs btn-default" data-field="${h(next.field)}">${arrow}</button>`;
	return h(next.text);
};

const link_to = (made) => (made.names && made.names.length ? anchor(route_of(made), h(made.text)) : h(made.text));

const route_of = ({ doctype, names }) => (names.length === 1 ? ["Form", doctype, names[0]] : ["List", doctype, names]);

// Of several records the list, with a filter that names them.
const anchor = ([view, doctype, names], html) => {
	let address = view === "Form" ? frappe.utils.get_form_link(doctype, names) : frappe.router.make_url([view, doctype]);
	if (view === "List") {
		const filter = encodeURIComponent(JSON.stringify(["in", names.join(",")]));
		address = `${frappe.router.make_url([frappe.router.slug(doctype)])}?name=${filter}`;
	}
	return `<a href="${h(address)}">${html}</a>`;
};
