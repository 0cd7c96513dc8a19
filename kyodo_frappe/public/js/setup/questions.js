// Step 2: the questions.
import { element, h } from "../desk/html.js";

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
	ask_forms(setup);
	const go_on = () => {
		const given = group.get_values();
		if (!given) return;
		take_answers(setup, given);
		setup.go(2);
	};
	setup.show_buttons([__("Back"), () => setup.go(0)], [__("Next"), go_on, true]);
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
		fieldtype: field.fieldtype === "Text" ? "Small Text" : field.fieldtype,
		options: field.options ? field.options.split("\n").map((value) => ({ value, label: __(value) })) : "",
		description: [field.description, basis].filter(Boolean).map(h).join("<br>"),
		reqd: NEEDED.includes(field.fieldname) ? 1 : 0,
	};
};

const ask_forms = ({ area, questions, answers }) => {
	area.append(element(`<h3>${h(__("Forms of Collaboration"))}</h3>`));
	for (const form of questions.forms) {
		const kept = answers.forms[form.code] ?? 1;
		const box = element(`<div class="checkbox"><label><input type="checkbox" ${kept ? "checked" : ""}> ${h(form.form_name)}　
			<span class="setup__basis">${h(form.description)}</span></label></div>`);
		box.querySelector("input").addEventListener("change", (event) => (answers.forms[form.code] = event.target.checked ? 1 : 0));
		area.append(box);
	}
};

// Keeps the answers that differ from the source.
const take_answers = ({ questions, answers }, given) => {
	for (const field of questions.groups.flatMap((group) => group.fields)) {
		const value = given[field.fieldname] ?? (["Data", "Text", "Select"].includes(field.fieldtype) ? "" : 0);
		if (String(value) === String(field.value ?? (typeof value === "number" ? 0 : ""))) delete answers.values[field.fieldname];
		else answers.values[field.fieldname] = value;
	}
};
