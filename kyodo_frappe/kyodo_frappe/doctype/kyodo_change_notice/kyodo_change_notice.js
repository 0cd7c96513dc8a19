frappe.ui.form.on("Kyodo Change Notice", {
	refresh(frm) {
		const writing = kyodo.is_in(frm.doc, "Writing");
		if (writing && frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Add a Change"), () => add_change(frm));
		}
	},
});

// For a notice on paper: the office chooses the entry by the label of the organisation's form.
const FIELDS = [
	"organisation_name",
	"organisation_kana",
	"organisation_type",
	"corporate_number",
	"representative",
	"postal_code",
	"address",
	"purpose",
	"established_on",
	"authority",
	"member_count",
];

function add_change(frm) {
	frappe.model.with_doctype("Kyodo Organisation", () => {
		const meta = frappe.get_meta("Kyodo Organisation");
		const options = FIELDS.map((name) => ({ value: name, label: __(meta.fields.find((df) => df.fieldname === name).label) }));
		frappe.prompt(
			[
				{ fieldname: "field", label: __("Item"), fieldtype: "Select", options, reqd: 1 },
				{ fieldname: "new_value", label: __("After the Change"), fieldtype: "Small Text" },
			],
			({ field, new_value }) => {
				const field_label = options.find((option) => option.value === field).label;
				frm.add_child("changes", { field, field_label, new_value });
				frm.refresh_field("changes");
				frm.dirty();
			},
			__("Add a Change"),
			__("Add")
		);
	});
}
