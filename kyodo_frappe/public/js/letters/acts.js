// Acts for the letter that is shown, or for all that are ticked.
import { h } from "../desk/html.js";
import { PAPERS } from "./methods.js";
import { act_labels } from "./side.js";

// Runs an act; unsaved wording is saved before.
export const run_act = async (page, act) => {
	const names = page.chosen;
	if (!names.length) return;
	if (OPENING[act]) return OPENING[act](page, names);
	if (page.changed && !(await page.save())) return;
	const args = await arguments_of(page, act, names);
	if (!args) return;
	const answers = await frozen(() => page.post(act, { letters: names, ...args }));
	if (!answers) return;
	tell(page, act, answers);
	await page.after(names);
};

const frozen = async (work) => {
	frappe.dom.freeze(__("Please wait…"));
	try {
		return await work();
	} finally {
		frappe.dom.unfreeze();
	}
};

// Asks what an act needs; resolves with null if the user goes back.
const arguments_of = (page, act, names) => {
	if (act === "approve") {
		const comment = (page.root.querySelector("[data-comment]") || {}).value || "";
		return names.length > 1 ? confirmed(page, act, names, [], () => ({ comment })) : { comment };
	}
	if (act === "give_back" || act === "withdraw") {
		const label = act === "withdraw" ? __("Reason for Withdrawing") : __("Reason for Returning the Letter");
		return confirmed(page, act, names, [{ fieldname: "reason", fieldtype: "Small Text", label, reqd: 1 }], ({ reason }) => ({
			reason,
		}));
	}
	if (act === "issue") {
		const day = {
			fieldname: "issued_on",
			fieldtype: "Date",
			label: __("Date, for letters without one"),
			default: frappe.datetime.nowdate(),
		};
		return confirmed(page, act, names, [day], ({ issued_on }) => ({ issued_on: issued_on || "" }));
	}
	return names.length > 1 ? confirmed(page, act, names, [], () => ({})) : {};
};

// Shows which letters an act concerns, with fields; resolves with its arguments, or null.
const confirmed = (page, act, names, fields, args_of) =>
	new Promise((resolve) => {
		let answer = null;
		const dialog = new frappe.ui.Dialog({
			title: act_labels()[act],
			fields: [{ fieldtype: "HTML", options: chosen_html(page, act, names) }, ...fields],
			primary_action_label: act_labels()[act],
			primary_action: (values) => {
				answer = args_of(values);
				dialog.hide();
			},
			secondary_action_label: __("Back to the Page"),
			secondary_action: () => dialog.hide(),
		});
		dialog.onhide = () => resolve(answer);
		dialog.show();
	});

const chosen_html = (page, act, names) => {
	const rows = names.map((name) => {
		const row = page.data.rows.find((one) => one.name === name) || {};
		return `<li>${h(row.addressee || page.shown.title)}　${h(row.letter_type ? __(row.letter_type) : "")}</li>`;
	});
	const told =
		act === "issue"
			? `<p>${__("The letters are numbered and kept as PDF, and the organisations are told by mail and on their page.")}</p>`
			: "";
	return `<p>${__("{0} letters:", [names.length])}</p><ul class="letters__chosen">${rows.join("")}</ul>${told}`;
};

// Says for how many letters the act was done, and why not for the others.
const tell = (page, act, answers) => {
	const failed = answers.filter((answer) => answer.problem);
	const done = answers.length - failed.length;
	if (done) page.say(act_labels()[act], __("{0} letters: done", [done]));
	if (!failed.length) return;
	const rows = failed.map(({ letter, problem }) => {
		const row = page.data.rows.find((one) => one.name === letter) || {};
		return `<li><b>${h(row.addressee || letter)}</b>　${h(problem)}</li>`;
	});
	frappe.msgprint({
		title: __("Not done for {0} letters", [failed.length]),
		message: `<p>${__("Done for {0} letters. These are unchanged:", [done])}</p><ul>${rows.join("")}</ul>`,
		indicator: "orange",
	});
};

const open = (method, args) => window.open(`/api/method/${method}?${new URLSearchParams(args)}`);

const OPENING = {
	open_pdf: ({ shown }) => open(PAPERS.pdf, { letter: shown.name }),
	open_record: ({ shown }) => open(PAPERS.record, { letter: shown.name }),
	export: (page, names) => open(PAPERS.export, { letters: JSON.stringify(names) }),
};
