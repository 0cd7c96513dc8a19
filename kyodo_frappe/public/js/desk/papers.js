// 書類: the papers of a record, in a dialog with preview and download (web/papers.py).
import { element, h } from "./html.js";

const OF_RECORD = "kyodo_frappe.web.papers.of_record";
const SHOW = "kyodo_frappe.web.papers.show";
const address = (paper, name, download) =>
	`/api/method/${SHOW}?${new URLSearchParams({ paper, name, ...(download ? { download: 1 } : {}) })}`;

// Puts the button 書類 on the form of every DocType that has papers.
export const offer_papers = () => {
	(frappe.boot.kyodo_papers || []).forEach((doctype) =>
		frappe.ui.form.on(doctype, {
			refresh(frm) {
				if (frm.is_new() || !frappe.model.can_print(doctype, frm)) return;
				frm.add_custom_button(__("Papers (of a record)"), () => show_papers(frm));
			},
		})
	);
};

// Shows the papers of the record of a form.
export const show_papers = async (frm) => {
	const args = { doctype: frm.doctype, name: frm.docname };
	const { message: papers } = await frappe.call({ method: OF_RECORD, type: "GET", args });
	if (!papers.length) return frappe.msgprint(__("There is no paper for this record yet."));
	const dialog = new frappe.ui.Dialog({ title: __("Papers (of a record)"), size: "extra-large" });
	dialog.$body.append(chooser(papers, frm));
	dialog.show();
	return dialog;
};

const chooser = (papers, frm) => {
	const body = element(`<div class="kyodo-papers">
		<div class="kyodo-papers-list" role="group" aria-label="${h(__("Papers (of a record)"))}"></div>
		<div class="kyodo-papers-shown"><p class="kyodo-papers-acts"></p>
		<iframe title="${h(__("Preview"))}"></iframe></div></div>`);
	const list = body.querySelector(".kyodo-papers-list");
	let frame = body.querySelector("iframe");
	if (navigator.pdfViewerEnabled === false) {
		// a frame would download each paper at once
		frame.replaceWith(element(`<p>${h(__("This browser shows no PDF inside a page. Please open the paper in a new tab."))}</p>`));
		frame = null;
	}
	const show = (paper, button) => {
		list.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", one === button));
		const here = address(paper.id, frm.docname);
		if (frame) frame.src = here;
		body.querySelector(".kyodo-papers-acts").replaceChildren(
			element(`<a class="btn btn-default btn-sm" target="_blank" rel="noopener" href="${h(here)}">${h(__("Open in a New Tab"))}</a>`),
			element(`<a class="btn btn-primary btn-sm" href="${h(address(paper.id, frm.docname, true))}">${h(__("Download"))}</a>`)
		);
	};
	papers.forEach((paper, place) => {
		const button = element(`<button type="button" class="btn btn-default">${h(paper.title)}</button>`);
		button.addEventListener("click", () => show(paper, button));
		list.append(button);
		if (!place) show(paper, button);
	});
	if (frm.is_dirty()) list.append(element(`<p class="text-muted">${h(__("What is not saved yet is not in the papers."))}</p>`));
	return body;
};
