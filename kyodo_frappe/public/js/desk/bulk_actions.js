// Several records of a list at once: an action of the workflow, a field, an Excel file. The server decides about each of them.
import { h, lines } from "./html.js";

const ACT = "kyodo_frappe.front.many_at_once.act";
const SET_FIELD = "kyodo_frappe.front.many_at_once.set_field";
const EXPORT = "kyodo_frappe.front.many_at_once.export";

const said = ({ done, failed }) => {
	const changed = `<p>${h(__("Changed: {0}", [done.length]))}</p>`;
	if (!failed.length) return changed;
	const reasons = failed.map(({ title, reason }) => `${title}：${reason}`);
	return `${changed}<p><strong>${h(__("Not changed: {0}", [failed.length]))}</strong></p>${lines(reasons)}`;
};

const send = async (list, method, args) => {
	frappe.dom.freeze();
	try {
		const names = list.get_checked_items(true);
		const outcome = await frappe.xcall(method, { doctype: list.doctype, names, ...args });
		const indicator = outcome.failed.length ? "orange" : "green";
		frappe.msgprint({ title: __("Several records at once"), message: said(outcome), indicator });
	} finally {
		frappe.dom.unfreeze();
		list.clear_checked_items();
		list.refresh();
	}
};

const ask_value = async (list, fieldname) => {
	const df = frappe.meta.get_docfield(list.doctype, fieldname);
	const { label, fieldtype, options } = df;
	const count = { fieldname: "count", fieldtype: "HTML", options: `<p>${h(chosen(list))}</p>` };
	const value = { fieldname: "value", fieldtype, options, label: __(label), reqd: 1 };
	const title = __("Set “{0}”", [__(label)]);
	frappe.prompt([count, value], (values) => send(list, SET_FIELD, { field: fieldname, value: values.value }), title, title);
};

const chosen = (list) => __("Records chosen: {0}", [list.get_checked_items(true).length]);

const confirm_action = (list, action) =>
	frappe.confirm(`<p>${h(chosen(list))}</p><p>${h(__("Take the action “{0}” for each of them?", [__(action)]))}</p>`, () =>
		send(list, ACT, { action })
	);

const export_chosen = (list) =>
	open_url_post(`/api/method/${EXPORT}`, { doctype: list.doctype, names: JSON.stringify(list.get_checked_items(true)) });

// Adds what may be done with several records to the “Actions” menu of a list.
export const add_actions = (list) => {
	const fields = (frappe.boot.kyodo_settable || {})[list.doctype] || [];
	if (frappe.model.can_write(list.doctype)) {
		fields.forEach((fieldname) => {
			const df = frappe.meta.get_docfield(list.doctype, fieldname);
			if (df) list.page.add_actions_menu_item(__("Set “{0}”", [__(df.label)]), () => ask_value(list, fieldname), true);
		});
	}
	if (frappe.model.can_export(list.doctype)) {
		list.page.add_actions_menu_item(__("Export as Excel"), () => export_chosen(list), true);
	}
};

// Sends the actions of a workflow to a method of ours, which reports each failure by its title.
export const replace_workflow_actions = () => {
	const prototype = frappe.views.ListView.prototype;
	const { get_workflow_action_menu_items } = prototype;
	Object.assign(prototype, {
		get_workflow_action_menu_items(...args) {
			const items = get_workflow_action_menu_items.apply(this, args);
			if (!this.doctype.startsWith("Kyodo ")) return items;
			return items.map((item) => ({ ...item, action: () => confirm_action(this, item.name) }));
		},
	});
};
