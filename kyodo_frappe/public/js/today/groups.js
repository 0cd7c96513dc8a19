import { element, h } from "../desk/html.js";
import { address_of, place_of } from "../desk/routes.js";

const MORE = "kyodo_frappe.front.today.more";
const REMIND = "kyodo_frappe.front.today.remind";
const APPLY = "frappe.model.workflow.apply_workflow";

// Shows what waits for the reader, or, where nothing does, what comes next.
export const show_groups = (place, day, reload) => {
	const waiting = day.groups.reduce((sum, group) => sum + group.count, 0);
	place.innerHTML = `<h3 class="today__title">${__("What waits for me")}${waiting ? ` <small>${__("{0} in all", [waiting])}</small>` : ""}</h3>`;
	if (!day.groups.length) place.append(element(nothing(day)));
	place.append(...day.groups.map((group) => group_of(group, reload)));
};

// Shows what others are waited for. Groups without anything late are folded.
export const show_others = (place, others, reload) => {
	place.innerHTML = `<h3 class="today__title">${__("What I wait for from others")}</h3>`;
	if (!others.length) place.append(element(`<p class="today__quiet">${__("Nothing: nobody owes you an answer.")}</p>`));
	for (const { title, groups } of others) {
		place.append(element(`<h4 class="today__whom">${h(title)}</h4>`), ...groups.map((group) => folded(group, reload)));
	}
};

const nothing = ({ week, ribbon }) => {
	const next = week.length ? { ...week[0].rows[0], day: week[0].day } : ribbon.next;
	const coming = next ? `<p>${__("Next: {0} {1}", [h(next.day), h(next.title)])}</p>` : "";
	return `<div class="today__nothing"><p><b>${__("Nothing waits for you. Everything is done.")}</b></p>${coming}</div>`;
};

const group_of = (group, reload) => {
	const found = element(`<div class="today__group" data-group="${h(group.id)}"><h4>${heading(group)}</h4></div>`);
	if (group.takes_up) found.querySelector("h4").append(take_up(group.takes_up));
	found.append(rows_of(group, reload));
	return found;
};

// A button that begins the record in which all of a group are taken up: its form offers them.
const take_up = (doctype) => {
	const found = element(`<button class="btn btn-default btn-xs">${h(TAKING_UP()[doctype] || __("New"))}</button>`);
	found.addEventListener("click", () => frappe.new_doc(doctype));
	return found;
};

const TAKING_UP = () => ({ "Kyodo Meeting": __("Plan a Meeting With Them") });

// A group that opens when somebody asks for it: its rows are read then, unless something is late.
const folded = (group, reload) => {
	const found = element(
		`<details class="today__group" data-group="${h(group.id)}" ${group.late ? "open" : ""}><summary>${heading(group)}</summary></details>`
	);
	if (group.rows.length) found.append(rows_of(group, reload));
	else read_when_opened(found, group, reload);
	return found;
};

const read_when_opened = (place, group, reload) => {
	let asked = false;
	place.addEventListener("toggle", async () => {
		if (!place.open || asked) return;
		asked = true;
		const loading = element(`<p class="text-muted" aria-live="polite">${__("Loading")}</p>`);
		place.append(loading);
		try {
			const { message } = await frappe.call({ method: MORE, args: { group: group.id }, type: "GET" });
			place.append(rows_of({ ...group, rows: message || [] }, reload));
		} catch {
			asked = place.open = false; // Frappe has said why; whoever opens it again asks again
		} finally {
			loading.remove();
		}
	});
};

const heading = (group) => {
	const longest = group.days ? __("{0}, for {1} days at most", [group.count, group.days]) : __("{0}, since today", [group.count]);
	const late = group.late ? ` <span class="indicator-pill red">${__("{0} overdue", [group.late])}</span>` : "";
	return `<span>${h(group.title)}</span> <small>${longest}</small>${late}`;
};

const rows_of = (group, reload) => {
	const part = element("<div><ol></ol></div>");
	const list = part.querySelector("ol");
	const add = (rows) => list.append(...rows.map((row) => row_of(group, row, reload)));
	add(group.rows);
	add_rest(part, group, add);
	return part;
};

// Adds the links to the rows that are not shown: the following ones here, all of them in the list where it can ask for the same.
const add_rest = (part, group, add) => {
	const left = () => group.count - part.querySelectorAll("li").length;
	if (left() <= 0) return;
	const rest = element(`<p class="today__rest"><button class="btn btn-default btn-xs">${__("{0} more", [left()])}</button></p>`);
	const button = rest.querySelector("button");
	button.addEventListener("click", async () => {
		const { message } = await frappe.call({ method: MORE, args: { group: group.id, start: group.count - left() }, type: "GET" });
		add(message || []);
		if (left() <= 0 || !(message || []).length) button.remove();
		else button.textContent = __("{0} more", [left()]);
	});
	if (group.filters) rest.append(list_link(group));
	part.append(rest);
};

const list_link = (group) => {
	const link = element(`<a href="${h(address_of(["List", group.doctype]))}">${__("Show in the list")}</a>`);
	link.addEventListener("click", (event) => {
		event.preventDefault();
		frappe.route_options = { ...group.filters };
		frappe.set_route("List", group.doctype, "List");
	});
	return link;
};

const row_of = (group, row, reload) => {
	const route = route_of(group, row);
	const address = typeof route === "string" ? route : address_of(route);
	const about = [row.note, row.section].filter(Boolean).map(h).join("　");
	const found = element(
		`<li><div class="today__what"><a href="${h(address)}">${h(row.title)}</a>${about ? `<small>${about}</small>` : ""}</div>
		<div class="today__when">${when(row)}</div><div class="today__act"></div></li>`
	);
	const act = act_of(group, row, reload);
	if (act) found.querySelector(".today__act").append(act);
	return found;
};

const when = (row) => {
	const since = row.days ? __("since {0}, {1} days", [h(row.since), row.days]) : __("since today");
	if (!row.due) return `<span>${since}</span>`;
	const late = row.late ? `<span class="indicator-pill red">${__("Overdue")}</span> ` : "";
	return `${late}<span>${__("due {0}", [h(row.due)])}</span> <small>${since}</small>`;
};

const route_of = (group, row) => {
	if (group.place === "session") return ["kyodo-session", row.name];
	if (group.place === "evaluation") return `/kyodo/my/evaluations/${encodeURIComponent(row.name)}`;
	return place_of(group.doctype, row.name);
};

const act_of = (group, row, reload) => {
	if (group.action) return button(__(group.action), row, () => take_step(group, row, reload));
	if (group.remind) return button(__("Remind"), row, () => remind(group, row));
	return null;
};

const button = (label, row, act) => {
	const found = element(`<button class="btn btn-default btn-xs" aria-label="${h(`${label}: ${row.title}`)}">${h(label)}</button>`);
	found.addEventListener("click", act);
	return found;
};

const take_step = (group, row, reload) => {
	const question = __("{0}: {1}. Do this now?", [h(__(group.action)), h(row.title)]);
	frappe.confirm(question, async () => {
		await frappe.call({ method: APPLY, args: { doc: { doctype: group.doctype, name: row.name }, action: group.action }, freeze: true });
		frappe.show_alert({ message: __("Done: {0} – {1}", [h(__(group.action)), h(row.title)]), indicator: "green" });
		reload();
	});
};

const remind = (group, row) =>
	frappe.confirm(__("Send a reminder about “{0}” now?", [h(row.title)]), async () => {
		const { message } = await frappe.call({ method: REMIND, args: { group: group.id, name: row.name }, freeze: true });
		const said = message
			? __("A reminder was sent to {0} people.", [message])
			: __("The reminder reached nobody: nobody has a mail address.");
		frappe.show_alert({ message: said, indicator: message ? "green" : "orange" });
	});
