frappe.query_reports["Kyodo Phrases"] = {
	filters: [
		{ fieldname: "text", label: __("Search"), fieldtype: "Data" },
		{ fieldname: "pages", label: __("On Pages"), fieldtype: "Check", default: 1 },
		{ fieldname: "own", label: __("City's Wording"), fieldtype: "Check" },
	],
	formatter(value, row, column, data, format) {
		const shown = kyodo.report_cell(value, row, column, data, format);
		if (column.fieldname !== "own" || !data) return shown;
		const source = frappe.utils.escape_html(data.source);
		return `<a href="#" class="kyodo-reword" data-source="${source}" title="${__("Edit Wording")}">${frappe.utils.icon("edit", "xs")}</a> ${shown}`;
	},
	onload(report) {
		report.page.wrapper.on("click", ".kyodo-reword", (event) => {
			event.preventDefault();
			const source = event.currentTarget.dataset.source;
			reword(
				report,
				report.data.find((row) => row.source === source)
			);
		});
	},
};

function reword(report, { source, japanese, own, places }) {
	const about = [japanese, source, places].map((text) => `<p>${frappe.utils.escape_html(text)}</p>`).join("");
	const dialog = new frappe.ui.Dialog({
		title: __("Edit Wording"),
		fields: [
			{ fieldname: "about", fieldtype: "HTML", options: about },
			{
				fieldname: "text",
				fieldtype: "Small Text",
				label: __("City's Wording"),
				default: own || japanese,
				description: __("Leave empty to restore the standard wording. Placeholders in braces, such as {0}, have to be kept."),
			},
		],
		primary_action_label: __("Save"),
		primary_action: ({ text }) =>
			frappe.xcall("kyodo_frappe.web.phrases.reword", { source, text: text || "" }).then(() => {
				dialog.hide();
				report.refresh();
			}),
	});
	dialog.show();
}
