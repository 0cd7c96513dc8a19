// Confirming: what is confirmed is shown first, the button only with it.
import { h } from "./html.js";

// Opens a dialog with what is confirmed. page: HTML of a sheet, shown in a frame of its own; text: a plain text; facts: sentences
// above; fields: what else is asked; agreed: a sentence to tick; label: of the button. Resolves with the values; a closed dialog
// never does, so that nothing follows.
export const confirm_shown = ({ title, page, text, facts = [], fields = [], agreed, label }) =>
	new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title,
			size: page || text ? "extra-large" : "large",
			fields: [
				{ fieldname: "shown", fieldtype: "HTML" },
				...fields,
				...(agreed ? [{ fieldname: "agreed", fieldtype: "Check", label: agreed }] : []),
			],
			primary_action_label: label,
			primary_action(values) {
				if (agreed && !values.agreed) {
					frappe.show_alert({ message: __("Please tick that you have read it."), indicator: "orange" });
					return;
				}
				dialog.hide();
				resolve(values);
			},
			secondary_action_label: __("Cancel"),
			secondary_action: () => dialog.hide(),
		});
		// not through `options`, which Frappe reads as a template
		dialog.fields_dict.shown.$wrapper.html(html_of({ page, text, facts, title }));
		dialog.show();
	});

// Answers a form's `before_workflow_action`: the actions named in `shown` ({action: what returns the argument of confirm_shown})
// wait for the dialog, others go on at once.
export const confirm_act = async (frm, shown) => {
	const action = frm.selected_workflow_action;
	if (!shown[action]) return;
	frappe.dom.unfreeze(); // Frappe freezes the page before it asks
	await confirm_shown(await shown[action](frm, action));
	frappe.dom.freeze();
};

const html_of = ({ page, text, facts, title }) => {
	const said = facts.map((fact) => `<li>${h(fact)}</li>`).join("");
	const sheet = page ? `<iframe class="kyodo-sheet" sandbox="" tabindex="0" title="${h(title)}" srcdoc="${h(page)}"></iframe>` : "";
	const plain = text ? `<div class="kyodo-sheet kyodo-sheet--text" tabindex="0" role="document">${h(text)}</div>` : "";
	return `<ul class="kyodo-facts">${said}</ul>${sheet}${plain}`;
};
