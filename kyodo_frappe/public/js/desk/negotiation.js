// The negotiation of a project's plan and agreement.
import { era_moment } from "./eras.js";
import { h } from "./html.js";

const CONCERNS = ["Plan", "Roles", "Schedule", "Indicators", "Money", "People", "Risks", "Term", "Clauses", "Other"];

// Opens the list of a project's points.
export const show_points = (project) => {
	frappe.set_route("List", "Kyodo Open Point", { project });
};

// Asks for a new point about a project and opens it.
export const raise_point = (project) => {
	const fields = [
		{
			fieldname: "about",
			fieldtype: "Select",
			label: __("Concerns"),
			default: "Other",
			options: CONCERNS.map((value) => ({ value, label: __(value) })),
		},
		{ fieldname: "subject", fieldtype: "Data", label: __("What it is about, in a few words"), reqd: 1 },
		{ fieldname: "suggestion", fieldtype: "Text", label: __("What your side suggests") },
	];
	const raise = async (values) => {
		const name = await frappe.xcall("kyodo_frappe.partnership.negotiation.raise_point", { project, ...values });
		frappe.set_route("Form", "Kyodo Open Point", name);
	};
	frappe.prompt(fields, raise, __("Raise a Point"), __("Raise a Point"));
};

// Shows the history of changes of a project's plan and agreement.
export const show_changes = async (project) => {
	const answer = await frappe.call({ method: "kyodo_frappe.partnership.negotiation.changes_of", type: "GET", args: { project } });
	const dialog = new frappe.ui.Dialog({ title: __("Who Changed What"), size: "extra-large" });
	dialog.$body.append(answer.message.length ? table_of(answer.message) : `<p>${h(__("Nothing has been changed yet."))}</p>`);
	dialog.show();
};

const table_of = (rows) => {
	const heads = [__("When"), __("Changed By"), __("What"), __("Before the Change"), __("After the Change")];
	const sides = { City: __("City side"), Organisation: __("Organisation side") };
	const line = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${h(cell || "")}</${tag}>`).join("")}</tr>`;
	const body = rows.map((row) =>
		line([era_moment(row.at), `${row.who} ${sides[row.side] || ""}`, `${__(row.record)} ${row.label}`, row.before, row.after], "td")
	);
	return `<table class="table table-bordered"><thead>${line(heads, "th")}</thead><tbody>${body.join("")}</tbody></table>`;
};
