// Lists of our records: columns in full, no filter left over from another day, saved filters as buttons, many records at once.
import { element, h } from "./html.js";
import { add_actions } from "./bulk_actions.js";

const FORGETTING = ["List", "Calendar"]; // views that open without the filters of the last visit

const is_ours = (doctype) => doctype.startsWith("Kyodo ");

// Shows the filters that the programme office has declared (Kyodo List Filter) as buttons above a list.
const show_saved_filters = async (list) => {
	const answer = await frappe.call({
		method: "kyodo_frappe.programme.list_filters.filters_for",
		type: "GET",
		args: { doctype: list.doctype },
	});
	const found = answer.message || [];
	if (!found.length || list.$frappe_list.find(".kyodo-filters").length) return;
	const all = { label: __("All records"), filters: [] };
	const buttons = [all, ...found].map((one) => {
		const button = element(
			`<button type="button" class="btn btn-default btn-xs" aria-pressed="false" title="${h(one.note)}">${h(one.label)}</button>`
		);
		button.addEventListener("click", () => apply_filters(list, one.filters));
		button.filters = JSON.stringify(comparable(one.filters));
		return button;
	});
	const strip = element(`<div class="kyodo-filters" role="group" aria-label="${h(__("Saved views of this list"))}"></div>`);
	strip.append(...buttons);
	list.$frappe_list.prepend(strip);
	list.kyodo_filters = buttons;
	press_applied(list);
};

const comparable = (filters) => filters.map((filter) => filter.slice(1, 4)).sort();

// Marks the button whose filters the list has.
const press_applied = (list) => {
	if (!list.kyodo_filters || !list.filter_area) return;
	const applied = JSON.stringify(comparable(list.filter_area.get()));
	list.kyodo_filters.forEach((button) => button.setAttribute("aria-pressed", String(button.filters === applied)));
};

// Filters a list anew, whatever it was filtered by.
export const apply_filters = async (list, filters) => {
	await list.filter_area.clear(false);
	if (filters.length) await list.filter_area.add(filters);
	else list.refresh();
};

// Says why a list is empty, with the way out.
const empty_message = (list, frappes_own) => {
	const filters = list.filter_area ? list.filter_area.get() : [];
	if (!filters.length) return frappes_own();
	const text = __("Nothing matches these filters.");
	return `<div class="msg-box no-border"><p>${h(text)}</p>
		<p><button type="button" class="btn btn-default btn-sm kyodo-show-all">${h(__("All records"))}</button></p></div>`;
};

// Columns that the list has besides those of the DocType: its state, wherever it is shown as an indicator.
const state_fields = (doctype) => {
	const known = (frappe.boot.kyodo_colours || {})[doctype];
	return known ? [known.field] : [];
};

// Answers of a fixed list as plain words: Frappe would colour them by what the word means in English.
const plain_answers = (doctype) =>
	Object.fromEntries(
		frappe
			.get_meta(doctype)
			.fields.filter((df) => df.fieldtype === "Select" && df.in_list_view)
			.map((df) => [df.fieldname, (value) => `<span class="ellipsis">${h(value ? __(value) : "")}</span>`])
	);

const own_methods = {
	setup_defaults(list, frappes_own) {
		const done = frappes_own();
		const { hide_name_column = true, add_fields = [] } = list.settings;
		const formatters = { ...plain_answers(list.doctype), ...list.settings.formatters };
		Object.assign(list.settings, { hide_name_column, formatters, add_fields: [...add_fields, ...state_fields(list.doctype)] });
		if (FORGETTING.includes(list.view_name)) {
			list.filters = (list.settings.filters || []).map((row) => (row.length === 3 ? [list.doctype, ...row] : row));
		}
		return done;
	},
	setup_columns(list, frappes_own) {
		// 15 shows four columns on a narrow screen, whatever the DocType declares
		list.list_view_settings = { ...list.list_view_settings, total_fields: list.list_view_settings?.total_fields || 9 };
		frappes_own();
	},
	setup_view(list, frappes_own) {
		frappes_own();
		if (list.view_name !== "List") return;
		list.$result.addClass("kyodo-list");
		list.$frappe_list.on("click", ".kyodo-show-all", () => apply_filters(list, []));
		add_actions(list);
		show_saved_filters(list);
	},
	render(list, frappes_own) {
		frappes_own();
		press_applied(list);
	},
	get_no_result_message(list, frappes_own) {
		return empty_message(list, frappes_own);
	},
};

// Replaces methods of Frappe's lists for our records; the others keep Frappe's own.
export const improve_lists = () => {
	const prototype = frappe.views.ListView.prototype;
	Object.entries(own_methods).forEach(([name, own]) => {
		const theirs = prototype[name];
		Object.assign(prototype, {
			[name](...args) {
				const frappes_own = () => theirs.apply(this, args);
				return is_ours(this.doctype) ? own(this, frappes_own) : frappes_own();
			},
		});
	});
};
