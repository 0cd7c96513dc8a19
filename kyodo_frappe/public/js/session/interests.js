// Recusals and the rulings on them.
import { h } from "../desk/html.js";

// The recusals of an item with their rulings.
export const recusals_html = (session, item) => {
	if (!item.recusals.length) return "";
	const button = (row, ruling, label) =>
		row.ruling === ruling || !session.data.meeting.running
			? ""
			: `<button class="btn btn-xs btn-default" data-act="rule" data-user="${h(row.user)}" data-ruling="${ruling}"
				data-focus="rule/${h(row.user)}/${ruling}">${label}</button>`;
	const rows = item.recusals.map((row) => {
		const tone = row.ruling === "Confirmed" ? "grey" : "yes";
		const ruling = `<span class="session__badge" data-tone="${tone}">${__(row.ruling)}</span> ${h(row.ruling_reason)}`;
		const ruled = row.ruling ? ruling : "";
		return `<li><b>${h(row.member_name)}</b>　${h(row.reason)}　${ruled}
			${button(row, "Confirmed", __("Confirm the Interest"))} ${button(row, "Overruled", __("Overrule"))}</li>`;
	});
	return `<section class="session__panel"><h4>${__("Members Who Step Aside")}</h4><ul>${rows.join("")}</ul></section>`;
};

// Asks for the reason of a ruling on a member's interest and records it.
export const rule = (session, { user, ruling }) => {
	const item = session.current;
	const person = item.recusals.find((row) => row.user === user);
	const overruled = ruling === "Overruled";
	const dialog = new frappe.ui.Dialog({
		title: overruled ? __("Overrule the Interest") : __("Confirm the Interest"),
		fields: [
			{ fieldtype: "HTML", options: `<p>${h(person.member_name)}：${h(person.reason)}</p>` },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason for the Ruling"), reqd: overruled ? 1 : 0 },
		],
		primary_action_label: overruled ? __("Overrule") : __("Confirm the Interest"),
		primary_action: async ({ reason }) => {
			const args = { meeting: session.meeting, agenda_item: item.name, user, ruling, reason: reason || "" };
			if ((await session.post("kyodo_frappe.committee.interests.rule", args)) !== undefined) dialog.hide();
		},
	});
	dialog.show();
};
