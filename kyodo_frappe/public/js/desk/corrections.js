import { plain } from "./plain_text.js";

const the_whole = () => ({ value: "", label: __("The whole") });

// Sets the fields that rows of the corrections may name. `parts`: [{value: fieldname, label}].
export const offer_parts = (frm, parts) => {
	const choices = [the_whole(), ...parts].map((part) => ({ ...part, label: plain(part.label) }));
	const label = (value) => (choices.find((choice) => choice.value === (value || "")) || {}).label || value;
	const { grid } = frm.fields_dict.corrections;
	grid.update_docfield_property("field", "options", choices);
	grid.update_docfield_property("field", "formatter", (value) => plain(label(value)));
	frm.refresh_field("corrections"); // rows rendered before show fieldnames
};

// Opens a dialog for a correction and adds it to the record.
export const ask_for_correction = (frm, parts) => {
	const dialog = new frappe.ui.Dialog({
		title: __("Ask for a Correction"),
		fields: [
			{ fieldname: "field", label: __("Part"), fieldtype: "Select", options: [the_whole(), ...parts] },
			{
				fieldname: "reason",
				label: __("What To Correct"),
				fieldtype: "Small Text",
				reqd: 1,
				description: __(
					"The organisation reads it beside this part. When all is listed, press “Return” under “Actions”: then it is sent."
				),
			},
		],
		primary_action_label: __("Add"),
		primary_action({ field, reason }) {
			const chosen = parts.find((part) => part.value === field);
			frm.add_child("corrections", { field, field_label: chosen ? chosen.label : "", reason });
			frm.refresh_field("corrections");
			dialog.hide();
			frm.save();
		},
	});
	dialog.show();
};
