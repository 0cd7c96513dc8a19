frappe.ui.form.on("Kyodo Survey", {
	refresh(frm) {
		kyodo.choose_programme(frm);
		if (frm.is_new() || !frappe.user.has_role("Kyodo Officer")) return;
		if (frm.doc.state === "Draft") {
			frm.add_custom_button(__("Ask the Organisations"), () => ask(frm)).addClass("btn-primary");
			return;
		}
		frm.add_custom_button(__("Answers to the Survey"), () =>
			frappe.set_route("List", "Kyodo Survey Response", { survey: frm.doc.name })
		);
		frm.add_custom_button(__("Totals of the Survey"), () =>
			frappe.set_route("query-report", "Kyodo Survey Totals", { survey: frm.doc.name })
		);
		["xlsx", "csv"].forEach((file_format) =>
			frm.add_custom_button(
				file_format === "xlsx" ? __("Download as Excel") : __("Download as CSV"),
				() => download(frm.doc.name, file_format),
				__("Download")
			)
		);
		frm.add_custom_button(__("Make a New Survey With These Questions"), () =>
			frappe
				.xcall("kyodo_frappe.support.surveys.ask_again", { survey: frm.doc.name })
				.then((name) => frappe.set_route("Form", "Kyodo Survey", name))
		);
		if (frm.doc.state !== "Open") return;
		if (frm.doc.answered_count < frm.doc.asked_count) {
			frm.add_custom_button(__("Remind Organisations Without an Answer"), () =>
				frappe
					.xcall("kyodo_frappe.support.surveys.remind", { survey: frm.doc.name })
					.then((count) =>
						frappe.show_alert({ message: __("{0} organisations have been reminded.", [count]), indicator: "green" })
					)
			);
		}
		frm.add_custom_button(__("End the Survey"), () =>
			frappe.confirm(__("No answers can be submitted afterwards. Close the survey?"), () =>
				frappe.xcall("kyodo_frappe.support.surveys.close_survey", { survey: frm.doc.name }).then(() => frm.reload_doc())
			)
		);
	},
});

function download(survey, file_format) {
	const query = new URLSearchParams({ survey, file_format });
	window.open(`/api/method/kyodo_frappe.support.survey_results.download?${query}`);
}

function ask(frm) {
	frappe.prompt(
		[
			{
				fieldname: "note",
				fieldtype: "HTML",
				options: `<p>${__("All registered organisations are invited unless you select some. The questions cannot be changed afterwards. Please save first.")}</p>`,
			},
			{
				fieldname: "types",
				fieldtype: "MultiCheck",
				label: __("Only some types"),
				columns: 2,
				options: kyodo.choices("Kyodo Organisation Type"),
			},
			{
				fieldname: "fields",
				fieldtype: "MultiSelectList",
				label: __("Only some fields of activity"),
				get_data: (text) => frappe.db.get_link_options("Kyodo Activity Field", text),
			},
		],
		({ types, fields }) =>
			frappe
				.xcall("kyodo_frappe.support.surveys.open_survey", { survey: frm.doc.name, types: types || [], fields: fields || [] })
				.then((count) => {
					frappe.show_alert({ message: __("{0} organisations have been invited.", [count]), indicator: "green" });
					frm.reload_doc();
				}),
		__("Ask the Organisations"),
		__("Ask")
	);
}
