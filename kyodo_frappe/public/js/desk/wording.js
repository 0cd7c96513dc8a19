// What Frappe's desk words in the order of English, or shows by its id, as it is said of our records.
import { concerns } from "./typed_values.js";

const is_ours = (doctype) => (doctype || "").startsWith("Kyodo ");

// A record that is not saved yet has no number to show.
const name_new_records = () => {
	const { set_form_breadcrumb: frappes_own } = frappe.breadcrumbs;
	if (!frappes_own) return;
	Object.assign(frappe.breadcrumbs, {
		set_form_breadcrumb(...args) {
			frappes_own.apply(this, args);
			const [, doctype, name] = frappe.get_route();
			if (!is_ours(doctype) || !(name || "").startsWith("new-")) return;
			this.$breadcrumbs.find("li:last a").text(__("New {0}", [__(doctype)]));
		},
	});
};

// The button that adds a record: the noun comes first.
const name_the_button_of_lists = () => {
	const prototype = frappe.views.ListView.prototype;
	const { set_primary_action } = prototype;
	Object.assign(prototype, {
		set_primary_action(...args) {
			set_primary_action.apply(this, args);
			const button = this.page && this.page.btn_primary;
			if (is_ours(this.doctype) && button)
				button
					.find("span")
					.last()
					.text(__("Add {0}", [__(this.doctype)]));
		},
	});
};

// What is offered for a link says its name once, where the line below it would repeat it.
const say_names_once = () => {
	const prototype = frappe.ui.form.ControlLink.prototype;
	const { merge_duplicates } = prototype;
	Object.assign(prototype, {
		merge_duplicates(rows) {
			const merged = merge_duplicates.call(this, rows);
			if (!concerns(this) || !Array.isArray(merged)) return merged;
			const shown = (row) => this.get_translated(row.label || row.value);
			return merged.map((row) => (row.description && __(row.description) === shown(row) ? { ...row, description: "" } : row));
		},
	});
};

export const word_frappes_own = () => {
	name_new_records();
	name_the_button_of_lists();
	say_names_once();
};
