// The view of an agenda item.
import { h } from "../desk/html.js";
import { decision_html } from "./decision.js";
import { now, yen } from "./format.js";
import { further_html } from "./entered_marks.js";
import { guests_html } from "./guests.js";
import { recusals_html } from "./interests.js";
import { input_html } from "./value_input.js";
import { balance_html, quorum_html } from "./room.js";
import { votes_html } from "./votes.js";

const RECUSED = () => __("You have stepped aside for this item. A colleague has to enter this.");

// An item with its facts, marks, discussion, votes and decision.
export const item_html = (session, item) => {
	const off = !session.data.meeting.running || item.withheld;
	const place = (field, label, options) => input_html(session, "agenda", item, field, label, { off, ...options });
	const at = session.listed.findIndex((one) => one.name === item.name);
	return `<header class="session__title">
			<div class="session__steps">
				<button class="btn btn-xs btn-default" data-act="previous" data-focus="previous" ${at < 1 ? "disabled" : ""}
					title="Alt+↑">◀ ${__("Previous Item")}</button>
				<button class="btn btn-xs btn-default" data-act="next" data-focus="next"
					${at >= session.listed.length - 1 ? "disabled" : ""} title="Alt+↓">${__("Next Item")} ▶</button>
			</div>
			<h3><span>${item.idx}</span> ${h(item.subject)}</h3>
			${about_html(item)}
		</header>
		<div class="session__line">
			${place("called_at", __("Called At"), { kind: "time", hint: item.begins_at || "" })}
			<button class="btn btn-xs btn-default" data-act="call_now" data-focus="call" ${off ? "disabled" : ""}>
				${__("Call this item now")}</button>
			${quorum_html(item.quorum)} ${balance_html(item.balance)}
		</div>
		${item.withheld ? `<p class="session__text">${RECUSED()}</p>` : ""}
		${recusals_html(session, item)}
		${marks_html(item)}
		${further_html(session, item)}
		${opinions_html(item)}
		<div class="session__texts">
			${place("hearing", __("Hearing"), { kind: "text" })}
			${place("notes", __("Summary of the Discussion"), { kind: "text" })}
		</div>
		${votes_html(session, item, place)}
		${guests_html(session, item)}
		${item.results.length && !item.withheld ? decision_html(session, item) : ""}
		<div class="session__line session__checkboxes">
			${item.report || item.evaluation_round ? place("verified", __("Verified by the Meeting"), { kind: "check" }) : ""}
			${place("postponed", __("Postponed to another meeting"), { kind: "check" })}
			${place("closed", __("Closed Item"), { kind: "check" })}
			${Number(session.text("agenda", item, "closed")) ? place("legal_ground", __("Legal Ground")) : ""}
		</div>`;
};

const about_html = (item) => {
	const { proposal } = item;
	if (!proposal) return `<p class="session__summary">${__(item.item_type)}</p>`;
	const link = frappe.utils.get_form_link("Kyodo Proposal", proposal.name);
	const parts = [
		h(proposal.organisation_name),
		h(proposal.section),
		proposal.requested_amount ? `${__("Requested Amount")} ${yen(proposal.requested_amount)}` : "",
		__(proposal.workflow_state),
		`<a href="${h(link)}" target="_blank" rel="noopener">${__("Open the proposal")}</a>`,
	];
	return `<p class="session__summary">${parts.filter(Boolean).join("　")}</p>`;
};

const marks_html = (item) => {
	const { marks } = item;
	if (!marks) return "";
	const facts = marks.sheets ? [__("{0} of {1} reviews submitted", [marks.submitted, marks.sheets])] : [];
	if (marks.average === undefined) facts.push(__("shown when all are submitted or marking is closed"));
	else if (marks.average !== null || marks.score) {
		if (marks.score) facts.push(`${__("Total Points")} <b>${h(marks.score)}</b>`);
		else facts.push(`${__("Average")} <b>${marks.average.toFixed(1)}</b>`);
		if (marks.average !== null && !marks.score) facts.push(`${__("Spread")} ${Number(marks.spread || 0).toFixed(1)}`);
		if (marks.pass_mark) facts.push(`${__("Pass Mark")} ${marks.pass_mark}${marks.pass_mark_unit}`);
		if (marks.passed !== null) {
			const verdict = marks.passed ? __("passes") : __("does not pass");
			facts.push(`<span class="session__badge" data-tone="${marks.passed ? "yes" : "no"}">${verdict}</span>`);
		}
		const vetoes = Object.entries(marks.vetoes || {}).filter(([, count]) => count);
		if (marks.left_out) facts.push(__("the highest and the lowest sheet are left out"));
		for (const row of marks.below) {
			const { question, average, least } = row;
			facts.push(h(__("Below the least average: {0}, {1} (at least {2})", [question, average.toFixed(1), least])));
		}
		if (vetoes.length) facts.push(`${__("Veto")} ${h(vetoes.map(([code, count]) => `${code}×${count}`).join("、"))}`);
	}
	return `<section class="session__panel"><h4>${__("Marks")}</h4><p>${facts.join("　")}</p></section>`;
};

const opinions_html = (item) => {
	if (!item.opinions.length) return "";
	const rows = item.opinions.map((row) => `<li><b>${h(row.member_name)}</b>　${__(row.opinion)}　${h(row.comment)}</li>`);
	return `<section class="session__panel"><h4>${__("Written Opinions")}</h4><ul>${rows.join("")}</ul></section>`;
};

// Records that the item has just been called.
export const call_now = (session) => {
	session.set("agenda", session.chosen, "called_at", now());
	session.outbox.flush();
};
