import { h } from "../desk/html.js";
import { address_of, place_of } from "../desk/routes.js";
import { kind_of, link_of } from "./week.js";

const YEAR = "kyodo_frappe.front.today.year";
const LANE = 22; // pixels
const MARKS = ["Meeting", "Event", "Deadline"]; // each in a row of its own

// Shows the year from April to March as a picture, and the same days as a list.
export const show_ribbon = (place, { year, ribbon }) => {
	place.innerHTML = `<h3 class="today__title">${__("The year")} <small>${h(year)}</small></h3>${picture(ribbon)}${folded_list(ribbon.days)}`;
	const list = place.querySelector("details");
	if (list) list.addEventListener("toggle", () => list.open && fill(list.querySelector("ol")), { once: true });
};

const picture = (ribbon) => {
	const kinds = MARKS.filter((kind) => ribbon.marks.some((mark) => mark.kind === kind));
	const height = 26 + LANE * (ribbon.lanes + kinds.length) + 8;
	const months = ribbon.months.map((one) => `<span style="left:${one.x}%;width:${one.width}%">${h(one.month)}</span>`);
	const bars = ribbon.bars.map((bar) => piece(bar, `left:${bar.x}%;width:${bar.width}%;top:${26 + LANE * bar.lane}px`, h(bar.title)));
	const rows = kinds.map((kind, row) => {
		const top = 26 + LANE * (ribbon.lanes + row);
		const marks = ribbon.marks.filter((mark) => mark.kind === kind).map((mark) => piece(mark, `left:${mark.x}%;top:${top}px`, ""));
		return `<span class="today__row-name" style="top:${top}px">${h(kind_of({ kind }))}</span>${marks.join("")}`;
	});
	const now = `<span class="today__now" style="left:${ribbon.now}%"><b>${__("We are here")}</b></span>`;
	return `<div class="today__ribbon"><div class="today__year" style="height:${height}px" aria-hidden="true">
		<div class="today__months">${months.join("")}</div>${bars.join("")}${rows.join("")}${now}</div></div>`;
};

const piece = (row, style, text) =>
	`<a class="today__piece today__piece--${h(row.kind)}" tabindex="-1" style="${style}" href="${h(address_of(place_of(row.doctype, row.name)))}"
		title="${h(`${row.day} ${kind_of(row)}: ${row.more ? __("{0} and {1} more", [row.title, row.more]) : row.title}`)}">${text}</a>`;

const folded_list = (days) =>
	days
		? `<details class="today__list"><summary>${__("The days of the year as a list ({0})", [days])}</summary>
			<ol aria-live="polite"><li class="text-muted">${__("Loading")}</li></ol></details>`
		: `<p class="today__quiet">${__("Nothing is planned in this fiscal year yet.")}</p>`;

// Asks for the days when somebody opens the list.
const fill = async (list) => {
	const { message } = await frappe.call({ method: YEAR, type: "GET" });
	list.innerHTML = (message || []).map(row_of).join("");
};

const row_of = (row) =>
	`<li${row.past ? ' class="today__past"' : ""}><span class="today__list-day">${h(row.day)}</span>
		<span class="today__kind today__kind--${h(row.kind)}">${h(kind_of(row))}</span> ${link_of(row)}</li>`;
