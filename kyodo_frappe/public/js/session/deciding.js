// Drafting and recording decisions; the rules are in committee/deliberation.py.
import { h } from "../desk/html.js";
import { next_undecided } from "./agenda.js";
import { decision_of, reason_lines, same_decision } from "./drafts.js";
import { names } from "./format.js";
import { grow, is_text } from "./inputs.js";

// Handles input in the form of a decision.
export const edit_decision = (session, input) => {
	// not the current item: an input fires its change event even while it is being removed
	const item = session.item(input.dataset.of);
	const draft = session.drafts.form_of(item);
	const { part, line } = input.dataset;
	if (part === "yearly") draft.yearly = { ...draft.yearly, [line]: input.value };
	else if (line !== undefined) {
		draft.reasons[line] = { finding: "", reason: "", ...draft.reasons[line], [part]: input.value };
	} else draft[part] = input.value;
	if (part === "result" && input.value.startsWith("Adopted")) propose_money(item.proposal, draft);
	if (part === "result" && input.value === "Reserve" && !draft.rank) draft.rank = String(next_rank(session));
	delete draft.refused;
	session.drafts.keep(item.name, draft);
	if (input.tagName === "TEXTAREA") grow(input);
	// the form already shows what was typed; only the rows have to be redrawn
	if (is_text(input)) session.board.show_rows();
	else session.board.show_parts();
};

// Fills in what was requested, within what may be paid; year by year for a proposal of several years.
const propose_money = (proposal, draft) => {
	const within = (requested, payable) => Math.round(payable === null ? requested || 0 : Math.min(requested || 0, payable));
	if (!draft.amount) draft.amount = String(within(proposal.requested_amount, proposal.payable) || "");
	if (Object.values(draft.yearly || {}).some(Boolean)) return;
	draft.yearly = Object.fromEntries(proposal.yearly.map((row) => [row.fiscal_year, String(within(row.requested, row.payable))]));
};

// The rank after those that this meeting has given; the server names the free one where others wait already.
const next_rank = (session) => {
	const given = session.data.items.filter((item) => item.decision && item.decision.result === "Reserve");
	return 1 + Math.max(0, ...given.map((item) => item.decision.rank || 0));
};

// Records the current decision; `on`: and goes to the next undecided item.
export const record = (session, { on }) => {
	const item = session.current;
	if (!session.open || !session.decidable(item) || item.withheld) return;
	const draft = session.drafts.form_of(item);
	draft.refused = refusal_of(item, draft);
	if (!draft.refused) delete draft.refused;
	session.drafts.keep(item.name, draft);
	if (draft.refused) {
		session.board.show_parts();
		return;
	}
	const args = { ...decision_of(session.meeting, item, draft), seen: draft.seen };
	session.outbox.order(`decision/${item.name}`, "kyodo_frappe.committee.deliberation.record_decision", args);
	if (on) next_undecided(session);
};

const refusal_of = (item, draft) => {
	if (!draft.result) return __("Please choose a result.");
	const bare = reason_lines(item).filter((line) => {
		const { finding, reason } = draft.reasons[line.key] || {};
		return finding && !(reason || "").trim();
	});
	return bare.length ? __("Please give a reason for the finding: {0}.", [names(bare.map((line) => line.question))]) : "";
};

// Handles the server's answer to a recorded decision.
export const handle_decision_answer = async (session, name, order, error) => {
	if (error && error.kind !== "TimestampMismatchError") {
		const draft = session.drafts.kept(name);
		if (draft) session.drafts.keep(name, { ...draft, refused: error.sentence });
		if (session.data) session.board.show_parts();
		return;
	}
	session.token = "";
	await session.refresh(true);
	const item = session.data && session.item(name);
	// if the first answer was lost, the server takes the second attempt for a colleague's decision
	if (!item || !item.decision || (error && !same_decision(item.decision, order.args))) return;
	const draft = session.drafts.of(name);
	if (draft && !same_decision(decision_of(session.meeting, item, draft), order.args)) {
		session.drafts.keep(name, { ...draft, seen: item.decision.modified }); // edited in the meantime
	} else session.drafts.drop(name);
	session.board.show_parts();
	frappe.show_alert({ message: __("The decision has been recorded."), indicator: "green" }, 3);
};

// Keeps the user's draft instead of the decision recorded by a colleague.
export const keep_own_decision = (session) => {
	const item = session.current;
	const seen = (item.decision || {}).modified || "";
	session.drafts.keep(item.name, { ...session.drafts.of(item.name), seen, refused: "" });
	session.board.show_parts();
};

// Drops the user's draft in favour of the decision recorded by a colleague.
export const take_their_decision = (session) => {
	session.drafts.drop(session.chosen);
	session.board.show_parts();
};

// Takes back a recorded decision after confirmation.
export const drop_decision = (session) => {
	const item = session.current;
	frappe.confirm(__("Take back the decision recorded on “{0}”?", [h(item.subject)]), async () => {
		session.drafts.drop(item.name);
		await session.post("kyodo_frappe.committee.deliberation.drop_decision", { meeting: session.meeting, agenda_item: item.name });
	});
};

// Records one result for all selected items.
export const record_all = async (session) => {
	const box = session.root.querySelector(".session__bulk");
	const result = box.querySelector("select").value;
	const items = session.data.items.filter((item) => session.ticked.has(item.name)).map((item) => item.name);
	if (!result || !items.length) return;
	const done = await session.post("kyodo_frappe.committee.deliberation.record_decisions", {
		meeting: session.meeting,
		agenda_items: items,
		result,
		advice: box.querySelector("input").value || null,
	});
	if (done === undefined) return;
	items.forEach((name) => session.drafts.drop(name));
	session.ticked.clear();
	session.board.show_parts();
	frappe.show_alert({ message: __("Recorded for {0} items.", [items.length]), indicator: "green" });
};
