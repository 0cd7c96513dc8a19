// Buttons with which the office recognises or refuses an expense.
frappe.ui.form.on("Kyodo Expense", {
	refresh(frm) {
		choose_line(frm);
		if (frm.is_new()) return;
		frm.toggle_display(["finding", "refused"], false); // shown above the form
		if (!kyodo.writes_for(frm.doc.side)) frm.disable_form();
		if (frm.doc.refused) frm.set_intro(`${__("Not recognised by the office")}: ${frappe.utils.escape_html(frm.doc.refused)}`, "red");
		else if (frm.doc.checked_on) frm.set_intro(__("Checked and recognised by the office"), "green");
		else if (frm.doc.finding) frm.set_intro(frappe.utils.escape_html(frm.doc.finding).replace(/\n/g, "<br>"), "orange");
		if (!frappe.user.has_role("Kyodo Officer")) return;
		if (frm.doc.refused || !frm.doc.checked_on) {
			frm.add_custom_button(__("Recognise"), () => act(frm, "kyodo_frappe.partnership.expenses.accept", {}));
		}
		frm.add_custom_button(__("Do not recognise"), () =>
			frappe.prompt(
				[{ fieldname: "reason", fieldtype: "Small Text", label: __("Not Recognised Because"), reqd: 1 }],
				({ reason }) => act(frm, "kyodo_frappe.partnership.expenses.refuse", { reason }),
				__("Do not recognise"),
				__("Do not recognise")
			)
		);
	},
	project(frm) {
		choose_line(frm);
	},
});

// show the label of a line instead of its row name
function choose_line(frm) {
	if (!frm.doc.project) return;
	frappe.db.get_doc("Kyodo Project", frm.doc.project).then((project) => {
		const options = (project.expenses || []).map((row) => ({
			value: row.name,
			label: kyodo.plain([kyodo.word("Kyodo Cost Category", row.category), row.description].filter(Boolean).join(" ")),
		}));
		frm.fields_dict.budget_line.df.formatter = (value) => {
			const line = options.find((option) => option.value === value);
			return line ? line.label : __("Not in the plan");
		};
		frm.set_df_property("budget_line", "options", [{ value: "", label: __("Not in the plan") }, ...options]);
		frm.refresh_field("budget_line");
	});
}

function act(frm, method, args) {
	frappe.xcall(method, { expense: frm.doc.name, ...args }).then(() => frm.reload_doc());
}
