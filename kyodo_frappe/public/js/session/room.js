// The room: members present, quorum and balance.
import { h } from "../desk/html.js";
import { input_html } from "./value_input.js";

// The facts above the board: date, times, chair, number of members present.
export const facts_html = (session) => {
	const { meeting, room } = session.data;
	const off = !meeting.running;
	const place = (field, label, options) => input_html(session, "", meeting, field, label, { off, ...options });
	return `<span class="session__day">${h(meeting.day)}${meeting.place ? `　${h(meeting.place)}` : ""}</span>
		${place("begins_at", __("Begins At"), { kind: "time", hint: "18:30" })}
		${place("ends_at", __("Ends At"), { kind: "time" })}
		${place("chair_name", __("Chair"))}
		<span class="session__count"><b>${room.present}</b>／${room.members}${__("people present")}</span>
		${balance_html(room.balance)}`;
};

// The balance of the two sides.
export const balance_html = (balance) => {
	if (!balance) return "";
	const others = balance.others ? `・${__("Academic")}${balance.others}` : "";
	const sides = `${__("Citizens' side")}${balance.organisation}・${__("City's side")}${balance.city}${others}`;
	const verdict = balance.met ? "" : `　${__("out of balance")}`;
	return `<span class="session__balance" data-met="${balance.met ? 1 : 0}">${sides}${verdict}</span>`;
};

// Whether there is a quorum for an item.
export const quorum_html = (quorum) => {
	if (quorum.needed === undefined) return `<span class="session__quorum" data-met="0">${h(quorum.reason)}</span>`;
	const text = __("{0} of {1} present, {2} needed", [quorum.present, quorum.eligible, quorum.needed]);
	const verdict = quorum.met ? __("quorum met") : __("no quorum");
	return `<span class="session__quorum" data-met="${quorum.met ? 1 : 0}">${verdict}（${text}）</span>`;
};
