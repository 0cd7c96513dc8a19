import { element, h, lines } from "./html.js";

// Fills in the programme of a new record: a city with one need not choose it.
export const choose_programme = async (frm) => {
	if (frm.doc.programme) return;
	const asked = { filters: { is_active: 1 }, fields: ["name"], limit: 2, order_by: "creation" };
	const rows = await frappe.db.get_list("Kyodo Programme", asked);
	if (frm.is_new() && rows.length === 1) frm.set_value("programme", rows[0].name);
};

// What keeps a programme from being opened, and what is better done before: {html, ready}.
export const look_before_opening = async (programme) => {
	const answer = await frappe.call({ method: "kyodo_frappe.programme.opening.look", type: "GET", args: { programme } });
	const { missing, hints } = answer.message;
	const part = (title, texts) => (texts.length ? `<h5>${title}</h5>${lines(texts)}` : "");
	const none = missing.length ? "" : `<p>${__("Nothing is missing.")}</p>`;
	return { html: none + part(__("Still Missing"), missing) + part(__("Better Done Before"), hints), ready: !missing.length };
};

// Opens a programme to the public, with the calls that are named.
export const open_programme = async (programme, calls = []) => {
	await frappe.xcall("kyodo_frappe.programme.opening.open_programme", { programme, calls: JSON.stringify(calls) });
	frappe.show_alert({ message: __("The programme “{0}” is open to the public.", [h(programme)]), indicator: "green" });
};

// The fiscal year in which today lies.
export const this_year = () => {
	const [year, month] = frappe.datetime.get_today().split("-").map(Number);
	return month >= 4 ? year : year - 1;
};

// The year of a programme as a table: rows of programme/year.py, [{day, kind, kind_shown, title, note}].
export const calendar_table = (rows) => {
	if (!rows.length) return element(`<p>${h(__("Nothing is planned for this year yet."))}</p>`);
	const heads = [__("Day"), __("Kind"), __("Title"), __("Remarks")].map((text) => `<th>${h(text)}</th>`);
	const body = rows.map(
		(row) => `<tr><td class="text-nowrap">${h(row.day)}</td><td class="text-nowrap">${h(row.kind_shown)}</td>
			<td>${h(row.title)}</td><td>${h(row.note)}</td></tr>`
	);
	return element(`<div class="table-responsive"><table class="table table-bordered">
		<thead><tr>${heads.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`);
};
