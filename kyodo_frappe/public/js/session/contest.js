// Contests: proposals of one call that are compared and selected together.
import { h } from "../desk/html.js";
import { word } from "../desk/vocabulary.js";
import { yen } from "./format.js";

const comparison_html = (rows) => {
	const heads = [
		...[__("Rank"), __("Proposal"), __("Requested Amount"), __("Average"), __("Pass Mark"), __("Chosen")],
		__("Reserve"),
		__("Reason"),
	];
	return `<div class="session__contest"><table class="table">
		<thead><tr>${heads.map((one) => `<th>${one}</th>`).join("")}</tr></thead>
		<tbody>${rows.map(contest_row_html).join("")}</tbody></table></div>`;
};

const contest_row_html = (row, at) => {
	const spread = () => `${row.average.toFixed(1)}（±${Number(row.spread || 0).toFixed(1)}）`;
	const average = row.points ? h(row.points) : row.average === null ? "－" : spread();
	const verdict = { true: __("passes"), false: __("does not pass") }[row.passed] || "－";
	return `<tr data-proposal="${h(row.proposal)}">
		<td><input type="text" inputmode="numeric" class="form-control session__number" data-rank value="${at + 1}"
			aria-label="${__("Rank")}"></td>
		<td><b>${h(row.title)}</b><br><small>${h(row.organisation)}</small></td>
		<td>${yen(row.requested_amount)}</td>
		<td>${average}${row.tied && average !== "－" ? `　${__("tied")}` : ""}</td>
		<td>${verdict}</td>
		<td><input type="checkbox" data-chosen aria-label="${__("Chosen")}"></td>
		<td><input type="checkbox" data-reserve aria-label="${__("Reserve")}"></td>
		<td><textarea rows="1" class="form-control" data-reason aria-label="${__("Reason")}"></textarea></td></tr>`;
};

// Opens the comparison of a contest, in which the proposals are ranked and selected.
export const compare = async (session, { call }) => {
	const found = await session.get("kyodo_frappe.committee.selection.comparison", { meeting: session.meeting, call });
	if (found) show_comparison(session, call, found);
};

const show_comparison = (session, call, found) => {
	const first = session.item(found.rows[0].agenda_item) || { results: [] };
	const results = first.results.filter((one) => !["Not Adopted", "Reserve"].includes(one));
	const dialog = new frappe.ui.Dialog({
		title: `${h(found.call_name)}（${__("{0} to choose", [found.places])}）`,
		size: "extra-large",
		fields: [
			{ fieldtype: "HTML", options: comparison_html(found.rows) },
			{
				fieldname: "result",
				fieldtype: "Select",
				label: __("Result for the selected proposals"),
				options: results.map((value) => ({ value, label: word("Kyodo Result", value) })),
				default: results[0],
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Why the order differs from the averages") },
		],
		primary_action_label: __("Record the Selection"),
		primary_action: async ({ result, note }) => {
			const args = { meeting: session.meeting, call, result, note: note || null, ...chosen_in(dialog) };
			if ((await session.post("kyodo_frappe.committee.selection.record_selection", args)) !== undefined) dialog.hide();
		},
	});
	if (!session.open) dialog.get_primary_btn().prop("disabled", true);
	dialog.show();
};

// {order, chosen, reserves, reasons} as entered in the comparison.
const chosen_in = (dialog) => {
	const rows = dialog.$wrapper.find("tbody tr").get();
	const rank = (row) => Number(row.querySelector("[data-rank]").value.normalize("NFKC"));
	const name = (row) => row.dataset.proposal;
	return {
		order: rows.sort((left, right) => rank(left) - rank(right)).map(name),
		chosen: rows.filter((row) => row.querySelector("[data-chosen]").checked).map(name),
		reserves: rows.filter((row) => row.querySelector("[data-reserve]").checked).map(name),
		reasons: Object.fromEntries(rows.map((row) => [name(row), row.querySelector("[data-reason]").value])),
	};
};
