// Attendance: who is present, arrivals and departures.
import { h } from "../desk/html.js";
import { now } from "./format.js";
import { input_html } from "./value_input.js";

const COMING = ["Attending", "Substitute"]; // answers to the invitation of members who will attend

// The members with their times and substitutes.
export const attendance_html = (session) => {
	const { meeting, attendance } = session.data;
	const off = !meeting.running;
	const waiting = attendance.filter((row) => COMING.includes(row.answer) && !session.present(row));
	const all =
		waiting.length > 1 && !off
			? `<button class="btn btn-xs btn-default" data-act="mark_all_present" data-focus="all-present">
			${__("Mark all expected members as present")}</button>`
			: "";
	const rows = attendance.map((row) => member_html(session, row, off)).join("");
	return `<div class="session__members-header"><h4>${__("Attendance")}</h4>${all}</div><ul>${rows}</ul>
		${input_html(session, "", meeting, "observers", __("Observers"), { kind: "number", off })}`;
};

const member_html = (session, row, off) => {
	const item = session.current;
	const recused = item && item.recusals.some((recusal) => recusal.member_name === row.member_name && recusal.ruling !== "Overruled");
	const role = `${__(row.side)}${row.position ? `・${h(row.position)}` : ""}`;
	const here = session.present(row);
	const place = (field, label, kind) =>
		input_html(session, "attendance", row, field, label, { kind, off, bare: kind !== "check", hint: label });
	const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}" data-row="${h(row.name)}"
		data-focus="${act}/${h(row.name)}" ${off ? "disabled" : ""}>${label}</button>`;
	const substitute = session.data.meeting.substitutes ? place("substitute_name", __("Substitute"), "line") : "";
	return `<li data-here="${here ? 1 : 0}">
		${place("present", `<b>${h(row.member_name)}</b> <small>${role}</small>`, "check")}
		${recused ? `<span class="session__badge" data-tone="no">${__("steps aside")}</span>` : ""}
		<small class="session__reply">${row.answer ? __(row.answer) : ""}</small>
		<div class="session__times">${place("arrived_at", __("Arrived"), "time")} ${button("arrive", __("came now"))}
			${place("left_at", __("Left At"), "time")} ${button("leave", __("left now"))}</div>
		${substitute}
	</li>`;
};

// Records that a member has just arrived.
export const arrive = (session, { row }) => {
	session.set("attendance", row, "present", "1");
	session.set("attendance", row, "arrived_at", now());
	session.set("attendance", row, "left_at", "");
	session.outbox.flush();
};

// Records that a member has just left.
export const leave = (session, { row }) => {
	session.set("attendance", row, "left_at", now());
	session.outbox.flush();
};

// Records all members as present who said they would attend.
export const mark_all_present = (session) => {
	for (const row of session.data.attendance) {
		if (COMING.includes(row.answer)) session.set("attendance", row.name, "present", "1");
	}
	session.outbox.flush();
};
