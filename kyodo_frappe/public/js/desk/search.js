import { h } from "./html.js";
import { place_of } from "./routes.js";

export const FIND = "kyodo_frappe.front.desk_search.find";
const PAUSE = 200; // ms without typing before the records are searched
const FIRST_INDEX = 99; // below “Search for …”, above what Frappe offers

// Returns parts [[text, whether it was asked for], …] as HTML.
export const marked = (parts) => parts.map(([text, is_asked]) => (is_asked ? `<mark>${h(text)}</mark>` : h(text))).join("");

// Returns what a record is, in words: its kind, number, state and year.
export const facts = (row) => [row.kind, row.name, row.state, row.year].filter(Boolean).join("　");

// Makes the bar of the desk find our records, in every spelling, besides what Frappe finds there.
export const search_records_in_the_bar = () => {
	const Bar = frappe.search && frappe.search.AwesomeBar;
	if (Bar) frappe.search.AwesomeBar = with_records(Bar);
};

const with_records = (Bar) =>
	class extends Bar {
		add_defaults(text) {
			super.add_defaults(text);
			clearTimeout(this.kyodo_timer);
			if (!text.startsWith("#")) this.kyodo_timer = setTimeout(() => offer_records(this, text), PAUSE);
		}

		make_global_search(text) {
			// Frappe's own search finds the records of other apps
			if (!frappe.boot.kyodo_today.alone) super.make_global_search(text);
			if (!text.startsWith("#")) this.options.push(search_everything(text));
		}
	};

const offer_records = async (bar, text) => {
	const { message } = await frappe.call({ method: FIND, args: { text, limit: 8 }, type: "GET" });
	const input = bar.awesomplete.input;
	if (!message || input.value.trim().replace(/\s\s+/g, " ") !== text) return;
	bar.options = [...message.rows.map(option_of), ...bar.options];
	bar.awesomplete.list = bar.deduplicate(bar.options);
};

const option_of = (row, place) => ({
	label: marked(row.title),
	value: `${row.title.map(([text]) => text).join("")} ${row.name}`,
	description: h(facts(row)),
	index: FIRST_INDEX - place / 100,
	match: row.name,
	route: place_of(row.doctype, row.name),
});

const search_everything = (text) => ({
	label: `<span class="flex justify-between text-medium"><span class="ellipsis">${__("Find “{0}” in all records", [h(text).bold()])}</span>
		<kbd>↵</kbd></span>`,
	value: __("Find “{0}” in all records", [h(text)]),
	match: text,
	index: 100,
	default: "Search",
	onclick: () => {
		frappe.route_options = { search: text };
		frappe.set_route(frappe.boot.kyodo_today.page);
	},
});
