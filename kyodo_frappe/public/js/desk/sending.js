// What an act will send, shown before it goes.
import { ask } from "./ask.js";
import { h } from "./html.js";

const PATIENCE = 120000; // ms: the act is rehearsed on the server

const ways = () => ({ mail: __("by mail"), desk: __("at the desk's bell"), portal: __("on My page") });

// Shows what a step of a workflow would send. Resolves with true to go on (at once if nothing is sent), with false to go back.
// Rejects with the refusal of the step.
// intro: HTML that is shown first, also where nothing is sent.
export const show_what_is_sent = (doctype, name, action, intro = "") =>
	show_rehearsal("kyodo_frappe.workflows.rehearsal.of_step", { doctype, name, action }, __(action), intro);

// The same for any method that rehearses an act; label: the name of the act.
export const show_rehearsal = async (method, args, label, intro = "") => {
	frappe.dom.freeze(__("Looking up what will be sent…"));
	let found;
	try {
		found = await ask(method, args, { get: true, patience: PATIENCE });
	} catch (refusal) {
		frappe.msgprint({ message: refusal.sentence, indicator: "red" });
		throw refusal;
	} finally {
		frappe.dom.unfreeze();
	}
	if (!intro && !found.messages.length && !found.letters.length) return true;
	return confirmed(label, intro + found_html(found));
};

const confirmed = (label, html) =>
	new Promise((resolve) => {
		let sure = false;
		const dialog = new frappe.ui.Dialog({
			title: __("What “{0}” will send", [label]),
			size: "large",
			fields: [{ fieldtype: "HTML", options: html }],
			primary_action_label: label,
			primary_action: () => {
				sure = true;
				dialog.hide();
			},
			secondary_action_label: __("Back to the Page"),
			secondary_action: () => dialog.hide(),
		});
		dialog.onhide = () => resolve(sure);
		dialog.show();
	});

const found_html = ({ messages, letters }) => {
	const people = messages.reduce((sum, { to }) => sum + to.length, 0);
	const head = __("Nothing has been sent yet. Messages: {0}, letters: {1}.", [people, letters.length]);
	return `<p><b>${head}</b></p>${letters_html(letters)}${messages.map(message_html).join("")}`;
};

const letters_html = (letters) => {
	if (!letters.length) return "";
	const fate = (letter) =>
		letter.at_once ? __("issued at once") : letter.after_approval ? __("as a draft, to be approved") : __("as a draft, to be issued");
	const rows = letters.map((one) => `<li>${h(one.addressee)}　${h(__(one.letter_type))}（${fate(one)}）</li>`).join("");
	return `<details open><summary><b>${__("Letters")}</b> ${letters.length}</summary><ul>${rows}</ul></details>`;
};

const message_html = ({ event, subject, body, attachments, to }) => {
	const words = ways();
	const rows = to
		.map((one) => {
			const who = [one.organisation, one.name].filter(Boolean).join("　");
			const how = one.ways.map((way) => words[way]).join("・");
			return `<li>${h(who)} <span class="text-muted">${h(one.email)}</span>　${how}${one.subject === subject ? "" : `<br>${h(one.subject)}`}</li>`;
		})
		.join("");
	const files = attachments.length ? `<p>${__("Attached Files")}：${attachments.map(h).join("、")}</p>` : "";
	return `<details ${to.length > 12 ? "" : "open"}><summary><b>${h(__(event))}</b> ${to.length}</summary><ul>${rows}</ul></details>
		<details><summary>${__("Text")}：${h(subject)}</summary><div class="kyodo-sent-text">${frappe.dom.remove_script_and_style(body)}</div>${files}</details>`;
};

// For `before_workflow_action` of a form: stops the act unless the user goes on.
// intro: HTML that is shown first.
export const look_before_sending = (frm, intro = "") => {
	frappe.dom.unfreeze();
	return new Promise((resolve) => {
		const { doctype, name } = frm.doc;
		show_what_is_sent(doctype, name, frm.selected_workflow_action, intro).then(
			(sure) => {
				if (!sure) return;
				frappe.dom.freeze();
				resolve();
			},
			() => {}
		);
	});
};
