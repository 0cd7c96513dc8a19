import { element, h } from "../desk/html.js";
import { address_of, place_of } from "../desk/routes.js";

const KINDS = () => ({
	Call: __("Call"),
	Meeting: __("Meeting"),
	Event: __("Event"),
	Deadline: __("Deadline"),
	Due: __("Due"),
});

// Returns the words of a kind of day.
export const kind_of = (row) => KINDS()[row.kind] || row.kind;

// Returns the title of a day as a link to its record.
export const link_of = (row) => `<a href="${h(address_of(place_of(row.doctype, row.name)))}">${h(row.title)}</a>`;

// Shows the meetings and deadlines of the next seven days.
export const show_week = (place, week) => {
	place.innerHTML = `<h3 class="today__title">${__("This week")}</h3>`;
	if (!week.length) place.append(element(`<p class="today__quiet">${__("Nothing is planned for the next seven days.")}</p>`));
	place.append(...week.map(day_of));
};

const day_of = (day) => {
	const rows = day.rows.map(
		(row) => `<li><span class="today__kind today__kind--${h(row.kind)}">${h(kind_of(row))}</span> ${link_of(row)}</li>`
	);
	const title = day.today ? `${h(day.day)} <span class="indicator-pill blue">${__("Today")}</span>` : h(day.day);
	const more = day.more ? `<p class="today__quiet">${__("{0} more", [day.more])}</p>` : "";
	return element(`<div class="today__day"><h4>${title}</h4><ul>${rows.join("")}</ul>${more}</div>`);
};
