// Escaping of tags in texts. The server refuses texts with tags; in values stored without validation (by an older version or
// another program) they are shown as text. Anything else, such as “1 < 2”, stays unchanged.
const KINDS = ["Data", "SmallText", "Text", "LongText", "Select", "Link", "DynamicLink", "Autocomplete", "ReadOnly"];

// Returns a text with its tags escaped.
export const plain = (text) => (typeof text === "string" ? text.replace(/<(?=[a-z/!?])/gi, "&lt;") : text);

// Formats a cell of one of our reports.
export const report_cell = (value, row, column, data, format) => format(plain(value), row, column, data);

// Makes Frappe escape our texts, which it would show as HTML in lists, grids, reports, titles and links.
export const show_tags_as_written = () => {
	const { formatters } = frappe.form;
	for (const kind of KINDS.filter((name) => formatters[name])) {
		const format = formatters[kind];
		formatters[kind] = (value, df, ...more) => format(is_ours(df) ? plain(value) : value, df, ...more);
	}
	const title = frappe.utils.get_link_title;
	if (title) {
		frappe.utils.get_link_title = (doctype, name) =>
			doctype.startsWith("Kyodo ") ? plain(title(doctype, name)) : title(doctype, name);
	}
	// Frappe's strip_html removes complete tags only
	const strip = window.strip_html;
	window.strip_html = (text) => plain(strip(text));
};

const is_ours = (df) => df && (df.parent || "").startsWith("Kyodo ");
