// Uploading Excel files that are read and not kept.
import { messages_of } from "../common/messages.js";
import { element, h, lines } from "./html.js";

// Sends a chosen file with `args` to a whitelisted method and returns its message; shows a refusal and throws.
export const send_file = async (method, file, args) => {
	const body = new FormData();
	body.append("file", file);
	Object.entries(args).forEach(([key, value]) => body.append(key, value ?? ""));
	const headers = { "X-Frappe-CSRF-Token": frappe.csrf_token, Accept: "application/json" };
	frappe.dom.freeze(__("Reading the file …")); // a long list takes seconds
	try {
		const answer = await fetch(`/api/method/${method}`, { method: "POST", headers, body });
		const payload = await answer.json();
		if (answer.ok) return payload.message;
		const messages = messages_of(payload);
		frappe.msgprint({ title: __("Not read"), indicator: "red", message: messages.join("<br>") || __("This is not possible.") });
		throw new Error(messages.join(" "));
	} finally {
		frappe.dom.unfreeze();
	}
};

// A dialog with a field for a file: `fields` above it; `act(file, values, dialog)` on its button.
export const choose_file = (title, label, fields, act) => {
	const input = element(`<input type="file" accept=".xlsx" class="form-control">`);
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [...fields, { fieldname: "file", fieldtype: "HTML" }],
		primary_action_label: label,
		primary_action(values) {
			if (!input.files[0]) return frappe.msgprint(__("Please choose a file first."));
			return act(input.files[0], values, dialog);
		},
	});
	dialog.fields_dict.file.$wrapper.append(element(`<label class="control-label">${h(__("Excel file (.xlsx)"))}</label>`), input);
	dialog.show();
	return dialog;
};

// Shows what a filled form would change in a proposal and, once that is confirmed, stores it in the draft.
export const read_excel_form = (about, fields, done) =>
	choose_file(__("Read a filled-in form"), __("Review the form"), fields, async (file, values, dialog) => {
		const args = { ...about, ...values };
		const outcome = await send_file("kyodo_frappe.proposals.excel_forms.check", file, args);
		const body = describe_outcome(outcome);
		if (!outcome.changes.length) {
			return frappe.msgprint(body || __("The form says the same as the draft: there is nothing to change."));
		}
		return frappe.confirm(body, async () => {
			const result = await send_file("kyodo_frappe.proposals.excel_forms.take", file, args);
			dialog.hide();
			frappe.show_alert({ message: __("The form was taken over into the draft."), indicator: "green" });
			done(result);
		});
	});

const describe_outcome = ({ changes, problems }) => {
	const part = (title, texts) => (texts.length ? `<h5>${h(title)}</h5>${lines(texts)}` : "");
	const unread = problems.map((row) => [row.text, row.typed].filter(Boolean).join("　"));
	const changed = changes.map((row) => `${row.place}：${row.before ? `${row.before} → ` : ""}${row.after || __("(removed)")}`);
	return part(__("{0} places could not be read", [problems.length]), unread) + part(__("What the form changes"), changed);
};
