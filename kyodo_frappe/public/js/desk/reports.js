import { era_day, era_year } from "./eras.js";
import { h } from "./html.js";
import { report_cell } from "./plain_text.js";
import { this_year } from "./programmes.js";

const YEARS_BACK = 14;

const link = (fieldname, label, options, more = {}) => ({ fieldname, label, fieldtype: "Link", options, ...more });

const of_programme = () => {
	const programme = frappe.query_report.get_filter_value("programme");
	return { filters: programme ? { programme } : {} };
};

const fiscal_years = () => {
	const years = Array.from({ length: YEARS_BACK + 2 }, (_, back) => this_year() + 1 - back);
	return [...years.map((year) => ({ value: String(year), label: era_year(year) })), { value: "all", label: __("All Fiscal Years") }];
};

const year_counts = () => [
	{ value: "1", label: __("This Year Only") },
	...[3, 5, 10].map((count) => ({ value: String(count), label: __("{0} Years up to It", [count]) })),
];

// The filters that reports share; what is chosen at first: this year and the only programme.
const FILTERS = {
	programme: () => link("programme", __("Programme"), "Kyodo Programme"),
	fiscal_year: () => ({
		fieldname: "fiscal_year",
		label: __("Fiscal Year"),
		fieldtype: "Select",
		options: fiscal_years(),
		default: String(this_year()),
	}),
	years: () => ({ fieldname: "years", label: __("Number of Years"), fieldtype: "Select", options: year_counts(), default: "1" }),
	five_years: () => ({ ...FILTERS.years(), default: "5" }),
	call: () => link("call", __("Call"), "Kyodo Call", { get_query: of_programme }),
	section: () => link("section", __("Section"), "Kyodo Section"),
	committee: () => link("committee", __("Committee"), "Kyodo Committee", { get_query: of_programme }),
	project: () => link("project", __("Project"), "Kyodo Project", { get_query: of_programme }),
	meeting: () => link("meeting", __("Meeting"), "Kyodo Meeting", { get_query: of_programme }),
};

// Returns the settings of a report. filters: keys of FILTERS or filters of its own; groups: {value: label} of what it counts by.
export const report = (filters, groups = {}, more = {}) => {
	const values = Object.keys(groups);
	const options = values.map((value) => ({ value, label: groups[value] }));
	const by = { fieldname: "group_by", label: __("Per"), fieldtype: "Select", options, default: values[0] };
	return {
		formatter: cell,
		onload,
		filters: [
			...filters.map((filter) => (typeof filter === "string" ? FILTERS[filter]() : filter)),
			...(values.length ? [by] : []),
			{ fieldname: "page", label: __("Page of the Report"), fieldtype: "Int", default: 1, hidden: 1 },
		],
		...more,
	};
};

const onload = async (report) => {
	report.page.wrapper.off("click.kyodo_page").on("click.kyodo_page", ".kyodo-page", (event) => {
		report.set_filter_value("page", Number(event.currentTarget.dataset.page));
	});
	const filter = report.get_filter("programme", false);
	if (!filter || filter.get_value()) return;
	const rows = await frappe.db.get_list("Kyodo Programme", {
		filters: { is_active: 1 },
		fields: ["name"],
		limit: 2,
		order_by: "creation",
	});
	if (rows.length === 1) await filter.set_value(rows[0].name);
};

// Formats a cell of reports/table.py: names lead to their records, unknown numbers are a dash, days are in the Japanese calendar.
export const cell = (value, row, column, data, format) => {
	const shown = content(value, row, column, data, format);
	return data && data.is_total ? `<b>${shown}</b>` : shown;
};

const content = (value, row, column, data, format) => {
	if (column.kyodo_kind === "number") return number(value, data);
	if (column.kyodo_kind === "day") return value ? h(era_day(String(value))) : "";
	const id = data && column.kyodo_id ? data[column.kyodo_id] : null;
	if (!id || !value) return report_cell(value, row, column, data, format);
	return `<a style="text-decoration: underline" href="${h(frappe.utils.get_form_link(column.kyodo_doctype, id))}">${h(value)}</a>`;
};

const number = (value, data) => {
	const unknown = data && data.is_total ? "" : "－";
	const text = typeof value === "number" ? value.toLocaleString("ja-JP") : value === null || value === undefined ? unknown : h(value);
	return `<div style="text-align: right">${text}</div>`;
};
