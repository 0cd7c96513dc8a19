// Who is there, who came and left when.
import { h } from "../desk/html.js";
import { now } from "./format.js";
import { place_html } from "./place.js";

const COMING = ["Attending", "Substitute"]; // answers to the invitation

// The members, each with times and a substitute.
export const people_html = (session) => {
	const { meeting, attendance } = session.data;
	const off = !meeting.running;
	const waiting = attendance.filter((row) => COMING.includes(row.answer) && !session.present(row));
	const all =
		waiting.length > 1 && !off
			? `<button class="btn btn-xs btn-default" data-act="all_present" data-focus="all-present">
			${__("All who said they come are here")}</button>`
			: "";
	const rows = attendance.map((row) => person_html(session, row, off)).join("");
	return `<div class="session__members-header"><h4>${__("Attendance")}</h4>${all}</div><ul>${rows}</ul>
		${place_html(session, "", meeting, "observers", __("Observers"), { kind: "number", off })}`;
};

const person_html = (session, row, off) => {
	const item = session.current;
	const aside = item && item.aside.some((one) => one.member_name === row.member_name && one.ruling !== "Overruled");
	const role = `${__(row.side)}${row.position ? `・${h(row.position)}` : ""}`;
	const here = session.present(row);
	const place = (field, label, kind) =>
		place_html(session, "attendance", row, field, label, { kind, off, bare: kind !== "check", hint: label });
	const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}" data-row="${h(row.name)}"
		data-focus="${act}/${h(row.name)}" ${off ? "disabled" : ""}>${label}</button>`;
	const substitute = session.data.meeting.substitutes ? place("substitute_name", __("Substitute"), "line") : "";
	return `<li data-here="${here ? 1 : 0}">
		${place("present", `<b>${h(row.member_name)}</b> <small>${role}</small>`, "check")}
		${aside ? `<span class="session__badge" data-tone="no">${__("steps aside")}</span>` : ""}
		<small class="session__reply">${row.answer ? __(row.answer) : ""}</small>
		<div class="session__times">${place("arrived_at", __("Arrived"), "time")} ${button("arrive", __("came now"))}
			${place("left_at", __("Left At"), "time")} ${button("leave", __("left now"))}</div>
		${substitute}
	</li>`;
};

// Notes that a member came now.
export const arrive = (session, { row }) => {
	session.set("attendance", row, "present", "1");
	session.set("attendance", row, "arrived_at", now());
	session.set("attendance", row, "left_at", "");
	session.outbox.flush();
};

// Notes that a member left now.
export const leave = (session, { row }) => {
	session.set("attendance", row, "left_at", now());
	session.outbox.flush();
};

// Notes that all are there who said that they come.
export const all_present = (session) => {
	for (const row of session.data.attendance) {
		if (COMING.includes(row.answer)) session.set("attendance", row.name, "present", "1");
	}
	session.outbox.flush();
};
