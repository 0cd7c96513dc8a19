// The ribbon above the form of a project: its stages with their days, where it stands, what comes next and for whom.
import { element, h } from "./html.js";

const WORDS = () => ({ done: __("Done (stage)"), now: __("Now (stage)"), ahead: __("Still to come (stage)") });

const stage = ({ label, standing, day, note, doctype, name }) => {
	const title = doctype ? `<a href="${frappe.utils.get_form_link(doctype, name)}">${h(label)}</a>` : h(label);
	const current = standing === "now" ? ` aria-current="step"` : "";
	const more = [day, note].filter(Boolean).map((text) => `<span>${h(text)}</span>`);
	return `<li class="${standing}"${current}><strong>${title}</strong>
		<span class="sr-only">${h(WORDS()[standing])}</span>${more.join("")}</li>`;
};

// Draws the ribbon of the project whose form is open.
export const show_ribbon = async (frm) => {
	const request = { method: "kyodo_frappe.front.project_ribbon.ribbon", type: "GET", args: { project: frm.doc.name } };
	const { message: found } = await frappe.call(request);
	if (frm.doc.name !== request.args.project) return;
	frm.layout.wrapper.find(".kyodo-ribbon").remove();
	const next = found.next.map((line) => `<p>${h(line)}</p>`).join("");
	const ribbon = element(`<section class="kyodo-ribbon" aria-label="${h(__("Course of the project"))}">
		<ol>${found.stages.map(stage).join("")}</ol>${next}</section>`);
	frm.layout.wrapper.prepend(ribbon);
};
