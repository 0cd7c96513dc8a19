// The agenda: list of items and navigation.
import { h } from "../desk/html.js";
import { word } from "../desk/vocabulary.js";

const ONE_BY_ONE = ["Not Adopted", "Adopted Conditionally", "Reserve"];

// The tools above the agenda: filter, selection, contests, one result for all selected items.
export const tools_html = (session) => {
	const { items, contests } = session.data;
	const open = items.filter((item) => session.is_undecided(item)).length;
	const chosen = items.filter((item) => session.ticked.has(item.name) && session.is_undecided(item));
	session.ticked = new Set(chosen.map((item) => item.name));
	const links = contests
		.map((row) => {
			const numbers = items.filter((item) => row.items.includes(item.name)).map((item) => item.idx);
			const label = __("Compare items {0}", [numbers.join("・")]);
			return `<button class="btn btn-xs btn-default" data-act="compare" data-call="${h(row.call)}">${label}</button>`;
		})
		.join("");
	const filter = `<label class="session__checkbox"><input type="checkbox" class="session__undecided-only" data-focus="only"
		${session.only_undecided ? "checked" : ""}><span>${__("Only undecided")}（${open}）</span></label>`;
	const all =
		session.open && open > 1
			? `<button class="btn btn-xs btn-default" data-act="tick_all" data-focus="all">${__("Tick all undecided")}</button>`
			: "";
	const bulk = chosen.length && session.open ? bulk_html(chosen) : "";
	return `<div class="session__filter">${filter}${all}${links}</div>${bulk}`;
};

const bulk_html = (chosen) => {
	const shared = chosen
		.map((item) => item.results)
		.reduce((left, right) => left.filter((result) => right.includes(result)))
		.filter((result) => !ONE_BY_ONE.includes(result));
	const options = shared.map((result) => `<option value="${h(result)}">${__(result)}</option>`).join("");
	return `<div class="session__bulk">
		<b>${__("{0} items ticked", [chosen.length])}</b>
		<select class="form-control" data-focus="bulk" aria-label="${__("Result")}">${options}</select>
		<input type="text" class="form-control" data-focus="bulk-advice" placeholder="${__("Advice")}"
			aria-label="${__("Advice")}">
		<button class="btn btn-sm btn-primary" data-act="record_all">${__("Record for all")}</button>
	</div>`;
};

// A row of the agenda.
export const row_html = (session, item) => {
	const current = item.name === session.chosen;
	const tick =
		session.open && session.is_undecided(item) && !item.withheld
			? `<input type="checkbox" data-tick="${h(item.name)}" data-focus="tick/${h(item.name)}"
			aria-label="${__("Tick item {0}", [item.idx])}" ${session.ticked.has(item.name) ? "checked" : ""}>`
			: `<span class="session__no-checkbox"></span>`;
	const time = session.text("agenda", item, "called_at") || item.begins_at || "";
	return `<li class="session__row" data-item="${h(item.name)}" ${current ? 'aria-current="true"' : ""}>${tick}
		<button data-act="go" data-item="${h(item.name)}" data-focus="row/${h(item.name)}">
			<span class="session__item-number">${item.idx}</span><span class="session__subject">${h(item.subject)}</span>
			<span class="session__badges"><span class="session__time">${h(time)}</span>${badges(session, item)}</span>
		</button></li>`;
};

const badges = (session, item) => {
	const found = [];
	const badge = (tone, text) => found.push(`<span class="session__badge" data-tone="${tone}">${text}</span>`);
	if (item.decision) badge(item.decision.result === "Not Adopted" ? "no" : "yes", h(word("Kyodo Result", item.decision.result)));
	else if (Number(session.text("agenda", item, "postponed"))) badge("grey", __("Postponed"));
	else if (item.proposal && item.proposal.workflow_state === "Withdrawn") badge("grey", __("Withdrawn"));
	else if (session.decidable(item)) badge("open", __("Undecided"));
	else if (Number(session.text("agenda", item, "verified"))) badge("yes", __("Verified"));
	if (session.outbox.orders.has(`decision/${item.name}`)) badge("draft", __("not sent yet"));
	else if (session.drafts.of(item.name)) badge("draft", __("not recorded"));
	if (!item.quorum.met && session.decidable(item)) badge("no", __("no quorum"));
	if (Number(session.text("agenda", item, "closed"))) badge("grey", __("Closed Item"));
	return found.join("");
};

// Shows an item.
export const choose = (session, name) => {
	if (!name || name === session.chosen) return;
	session.outbox.flush();
	session.chosen = name;
	sessionStorage.setItem(`${session.place}:item`, name);
	session.board.show_parts();
	const row = session.root.querySelector(`.session__row[data-item="${CSS.escape(name)}"]`);
	if (row) row.scrollIntoView({ block: "nearest" });
	session.root.querySelector(".session__item").scrollTop = 0;
};

const step = (session, by) => {
	const items = session.listed;
	const found = items[items.findIndex((item) => item.name === session.chosen) + by];
	if (found) choose(session, found.name);
};

// Shows the item of a row.
export const go = (session, { item }) => choose(session, item);

// Shows the previous item.
export const previous = (session) => step(session, -1);

// Shows the next item.
export const next = (session) => step(session, 1);

// Shows the next undecided item, starting again from the first after the last.
export const next_undecided = (session) => {
	const { items } = session.data;
	const at = items.findIndex((item) => item.name === session.chosen);
	const found = [...items.slice(at + 1), ...items.slice(0, at)].find((item) => session.is_undecided(item));
	if (found) choose(session, found.name);
};

// Selects all undecided items, or none if all are selected.
export const tick_all = (session) => {
	const items = session.listed.filter((item) => session.is_undecided(item));
	const all = items.every((item) => session.ticked.has(item.name));
	items.forEach((item) => (all ? session.ticked.delete(item.name) : session.ticked.add(item.name)));
	session.board.show_parts();
};

// Asks for a topic without a proposal and adds it to the agenda.
export const add_topic = (session) => {
	const dialog = new frappe.ui.Dialog({
		title: __("Add a Topic"),
		fields: [{ fieldname: "subject", fieldtype: "Data", label: __("Subject"), reqd: 1 }],
		primary_action_label: __("Add"),
		primary_action: (values) => {
			dialog.hide();
			session.add_row("agenda", values);
		},
	});
	dialog.show();
};
