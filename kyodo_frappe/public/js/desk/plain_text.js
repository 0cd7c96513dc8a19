// Texts that hold HTML. The server refuses texts with tags. For what came past it (an older version, another program), a tag
// shows as it was written instead of being obeyed; everything else, “1 < 2” too, is left alone.
const KINDS = ["Data", "SmallText", "Text", "LongText", "Select", "Link", "DynamicLink", "Autocomplete", "ReadOnly"];

// A text whose tags show as they were written.
export const plain = (text) => (typeof text === "string" ? text.replace(/<(?=[a-z/!?])/gi, "&lt;") : text);

// A cell of one of our reports.
export const report_cell = (value, row, column, data, format) => format(plain(value), row, column, data);

// Frappe shows texts as HTML in lists, grids, reports, titles and links: ours go through `plain` first.
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
	// Frappe's own takes whole tags away only
	const strip = window.strip_html;
	window.strip_html = (text) => plain(strip(text));
};

const is_ours = (df) => df && (df.parent || "").startsWith("Kyodo ");
