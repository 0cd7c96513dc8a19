// Step 2: the questions.
import { h } from "../desk/html.js";

const NEEDED = ["programme_name", "municipality_name"];

// Shows the questions, filled with the rules that the city starts from.
export const ask_questions = (setup) => {
	const group = new frappe.ui.FieldGroup({ fields: setup.questions.groups.flatMap(fields_of), body: setup.add("<div></div>") });
	group.make();
	for (const control of group.fields_list) {
		// 20 rather than 20.000
		if (["Float", "Percent"].includes(control.df.fieldtype)) {
			control.format_for_input = (value) => (isNaN(Number(value ?? NaN)) ? (value ?? "") : String(flt(value)));
		}
	}
	group.set_values(values_of(setup));
	setup.fields = group.fields_dict;
	follow_city(group, values_of(setup).municipality_name);
	const go_on = () => {
		const given = group.get_values();
		if (!given) return;
		take_answers(setup, given);
		setup.go_if_accepted(2);
	};
	const go_back = () => {
		take_answers(setup, group.get_values(true));
		setup.go(0);
	};
	setup.show_buttons([__("Back"), go_back], [__("Next"), go_on, true]);
};

// The title of the mayor follows the name of the city, as all texts do when the programme is set up.
const follow_city = (group, before) => {
	const { municipality_name, mayor_title } = group.fields_dict;
	municipality_name.$input.on("change", () => {
		const [city, mayor] = [municipality_name.get_value().trim(), mayor_title.get_value() || ""];
		if (before && city && mayor.includes(before)) mayor_title.set_value(mayor.replace(before, city));
		before = city || before; // of the next change
	});
};

// {fieldname: value} of all questions: the answer, or the rule of the source.
export const values_of = ({ questions, answers }) =>
	Object.fromEntries(
		questions.groups.flatMap((group) => group.fields.map((field) => [field.fieldname, answers.values[field.fieldname] ?? field.value]))
	);

// The controls of a group, in two columns.
const fields_of = (group) => {
	const half = Math.ceil(group.fields.length / 2);
	const controls = group.fields.flatMap((field, n) => {
		const breaks = n && n === half && field.fieldtype !== "Text";
		return [...(breaks ? [{ fieldtype: "Column Break" }] : []), control_of(field)];
	});
	return [{ fieldtype: "Section Break", label: group.title }, ...controls];
};

const control_of = (field) => {
	const basis = field.basis ? `${__("Source of the Rule")}：${field.basis}` : "";
	return {
		fieldname: field.fieldname,
		label: field.label,
		fieldtype: { Text: "Small Text", Link: "Data" }[field.fieldtype] || field.fieldtype,
		options: field.options ? field.options.split("\n").map((value) => ({ value, label: __(value) })) : "",
		description: [field.description, basis].filter(Boolean).map(h).join("<br>"),
		reqd: NEEDED.includes(field.fieldname) ? 1 : 0,
	};
};

// Keeps the answers that differ from the source.
const take_answers = ({ questions, answers }, given) => {
	for (const field of questions.groups.flatMap((group) => group.fields)) {
		const value = given[field.fieldname] ?? (["Data", "Text", "Select", "Link"].includes(field.fieldtype) ? "" : 0);
		if (String(value) === String(field.value ?? (typeof value === "number" ? 0 : ""))) delete answers.values[field.fieldname];
		else answers.values[field.fieldname] = value;
	}
};
