// Members who step aside, and the rulings on it.
import { h } from "../desk/html.js";

// Who steps aside for an item, with the rulings.
export const aside_html = (session, item) => {
	if (!item.aside.length) return "";
	const button = (row, ruling, label) =>
		row.ruling === ruling || !session.data.meeting.running
			? ""
			: `<button class="btn btn-xs btn-default" data-act="rule" data-user="${h(row.user)}" data-ruling="${ruling}"
				data-focus="rule/${h(row.user)}/${ruling}">${label}</button>`;
	const rows = item.aside.map((row) => {
		const tone = row.ruling === "Confirmed" ? "grey" : "yes";
		const ruling = `<span class="session__badge" data-tone="${tone}">${__(row.ruling)}</span> ${h(row.ruling_reason)}`;
		const ruled = row.ruling ? ruling : "";
		return `<li><b>${h(row.member_name)}</b>　${h(row.reason)}　${ruled}
			${button(row, "Confirmed", __("Confirm the Interest"))} ${button(row, "Overruled", __("Overrule"))}</li>`;
	});
	return `<section class="session__panel"><h4>${__("Members Who Step Aside")}</h4><ul>${rows.join("")}</ul></section>`;
};

// Asks for the reason of a ruling on a member's interest, and notes it.
export const rule = (session, { user, ruling }) => {
	const item = session.current;
	const person = item.aside.find((row) => row.user === user);
	const overruled = ruling === "Overruled";
	const dialog = new frappe.ui.Dialog({
		title: overruled ? __("Overrule the Interest") : __("Confirm the Interest"),
		fields: [
			{ fieldtype: "HTML", options: `<p>${h(person.member_name)}：${h(person.reason)}</p>` },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason of the Ruling"), reqd: overruled ? 1 : 0 },
		],
		primary_action_label: overruled ? __("Overrule") : __("Confirm the Interest"),
		primary_action: async ({ reason }) => {
			const args = { meeting: session.meeting, agenda_item: item.name, user, ruling, reason: reason || "" };
			if ((await session.post("kyodo_frappe.committee.interests.rule", args)) !== undefined) dialog.hide();
		},
	});
	dialog.show();
};
