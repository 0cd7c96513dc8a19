// Marks that the office enters as totals; the rules are in committee/entered_marks.py.
import { h } from "../desk/html.js";

// The further marks of an item, each with what was entered and a button to enter or correct it.
export const further_html = (session, item) => {
	if (!item.further.length) return "";
	const off = session.data.meeting.running && !item.withheld && !item.decision ? "" : "disabled";
	const rows = item.further.map((mark) => {
		const entered = mark.points !== null;
		const said = entered ? `<b>${h(mark.points)}／${h(mark.out_of)}</b>　${h(mark.note)}` : `－／${h(mark.out_of)}`;
		return `<li>${h(mark.label)}　${said}　<small>${counts(mark)}</small>
			<button class="btn btn-xs btn-default" data-act="enter_further" data-label="${h(mark.label)}"
				data-focus="further/${h(mark.label)}" ${off}>${entered ? __("Correct") : __("Enter Points")}</button></li>`;
	});
	return `<section class="session__panel"><h4>${__("Further Marks")}</h4><ul>${rows.join("")}</ul></section>`;
};

const counts = ({ counts, share }) => {
	if (counts === "As a Share") return __("makes up {0} % of the result", [share]);
	return counts === "Added to the Points" ? __("is added to the points") : __("does not count, is only shown");
};

// Asks for the points of a further mark and where they come from.
export const enter_further = (session, { label }) => {
	const item = session.current;
	const mark = item.further.find((row) => row.label === label);
	const was = mark.points === null ? {} : { was: String(mark.points) };
	const dialog = new frappe.ui.Dialog({
		title: `${h(item.subject)}　${h(label)}`,
		fields: [
			{ fieldname: "points", fieldtype: "Data", label: __("Points, 0 to {0}", [mark.out_of]), default: mark.points ?? "", reqd: 1 },
			{ fieldname: "note", fieldtype: "Small Text", label: __("Where the Points Come From"), default: mark.note || "", reqd: 1 },
		],
		primary_action_label: __("Save"),
		primary_action: async ({ points, note }) => {
			const args = { meeting: session.meeting, agenda_item: item.name, label, points, note, ...was };
			if ((await session.post("kyodo_frappe.committee.entered_marks.record", args)) !== undefined) dialog.hide();
		},
	});
	dialog.show();
};
