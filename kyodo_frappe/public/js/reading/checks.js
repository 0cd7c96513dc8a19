import { h } from "../desk/html.js";

const COLOURS = { Missing: "red", "To Be Checked": "orange", "No Problem": "green" };

// Returns what to check as HTML, group by group; what is in order stands behind its heading.
export const checks_html = (groups) => {
	const open = groups.filter((group) => group.verdict !== "No Problem").length;
	const head = open ? __("{0} of {1} to look at", [open, groups.length]) : __("Nothing stands out.");
	return `<h4>${__("What to Check")} <small>${head}</small></h4>${groups.map(group_html).join("")}`;
};

const group_html = (group) =>
	`<details class="reading__check"${group.verdict === "No Problem" ? "" : " open"}>` +
	`<summary><span>${h(group.subject)}</span>${pill(group)}</summary>` +
	`<ul>${group.lines.map(line_html).join("")}</ul></details>`;

const pill = ({ verdict, word }) => `<span class="indicator-pill no-indicator-dot ${COLOURS[verdict]}">${h(word)}</span>`;

const line_html = (line) => {
	const tag = line.verdict === "No Problem" ? "small" : "b";
	const word = `<${tag}>${h(line.word)}</${tag}> `;
	const text = line.field ? `<a href="#" data-go="${h(line.field)}">${h(line.text)}</a>` : h(line.text);
	const link = line.link
		? ` <a href="${h(frappe.utils.get_form_link(...line.link))}" target="_blank">${__("Open in a new tab")}</a>`
		: "";
	return `<li>${word}${text}${link}</li>`;
};
