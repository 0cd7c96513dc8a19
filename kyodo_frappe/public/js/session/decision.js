// The form of a decision.
import { h } from "../desk/html.js";
import { word } from "../desk/vocabulary.js";
import { reason_lines } from "./drafts.js";
import { yen } from "./format.js";

const FINDINGS = ["○", "△", "×"];

// The form of an item's decision: result, amount, reasons, advice.
export const decision_html = (session, item) => {
	const form = session.drafts.form_of(item);
	const draft = session.drafts.of(item.name);
	const off = session.open && session.decidable(item) ? "" : "disabled";
	const part = (name, line) =>
		`data-part="${name}" data-of="${h(item.name)}" ${line === undefined ? "" : `data-line="${h(line)}"`}
		data-focus="d/${h(item.name)}/${name}/${h(line)}" ${off}`;
	const results = ["", ...item.results]
		.map((one) => `<option value="${h(one)}">${one ? h(word("Kyodo Result", one)) : "－"}</option>`)
		.join("");
	const money = form.result.startsWith("Adopted") ? money_html(item.proposal, part) : "";
	const rank =
		form.result === "Reserve"
			? `<label class="session__field"><span>${__("Rank")}</span><input type="text" inputmode="numeric"
			class="form-control session__number" ${part("rank")}></label>`
			: "";
	const lines = reason_lines(item).map((line) => reason_html(item, line, part));
	const waiting = session.outbox.orders.has(`decision/${item.name}`);
	const status = waiting ? __("not sent yet") : __("not recorded");
	const badge = draft ? `<span class="session__badge" data-tone="draft">${status}</span>` : "";
	const take_back = `<button class="btn btn-sm btn-default" data-act="drop_decision" data-focus="drop">
		${__("Take back the decision")}</button>`;
	return `<section class="session__decision" aria-label="${__("Decision")}">
		<h4>${__("Decision")} ${badge}</h4>
		${recorded_html(session, item, draft)}
		<div class="session__line"><label class="session__field"><span>${__("Result")}</span>
			<select class="form-control" ${part("result")}>${results}</select></label>${money}${rank}</div>
		${form.result === "Adopted Conditionally" ? area(__("Conditions"), part("conditions")) : ""}
		${below_pass_mark(item, form) ? area(__("Reason for Adopting Below the Pass Mark"), part("below_reason")) : ""}
		<div class="session__reasons"><span class="session__label">${__("Reasons per criterion")}</span>${lines.join("")}</div>
		${area(__("Advice"), part("advice"))}
		${form.refused ? `<p class="session__problem" role="alert">${h(form.refused)}</p>` : ""}
		<div class="session__line">
			<button class="btn btn-sm btn-primary" data-act="record" data-focus="record" title="Ctrl+Enter"
				${waiting ? "disabled" : off}>${__("Record Decision")}</button>
			${item.decision && session.open ? take_back : ""}
			<span class="session__hint">
				${session.open ? __("Ctrl+Enter records it and goes to the next undecided item.") : ""}</span>
		</div>
	</section>`;
};

// Whether the marks speak against a favourable result, so that the decision needs a reason.
const below_pass_mark = (item, form) =>
	Boolean(item.marks) && item.marks.passed === false && (form.result.startsWith("Adopted") || form.result === "Reserve");

// The amount, or one for each year of the term, with what may be paid.
const money_html = (proposal, part) => {
	const input = (label, place) => `<label class="session__field"><span>${label}（${__("yen")}）</span><input type="text"
		inputmode="numeric" class="form-control session__money" ${place}></label>`;
	const inputs = proposal.yearly.length
		? proposal.yearly.map((row) => input(`${__("Amount")} ${h(row.label)}`, part("yearly", String(row.fiscal_year)))).join("")
		: input(__("Amount"), part("amount"));
	return `${inputs}<p class="session__hint">${proposal.computation.map(h).join("<br>")}</p>`;
};

const area = (label, part) => {
	return `<label class="session__field session__wide"><span>${label}</span>
		<textarea rows="2" class="form-control" ${part}></textarea></label>`;
};

const reason_html = (item, line, part) => {
	const marks = ["", ...FINDINGS].map((mark) => {
		const place = part("finding", line.key).replace('data-focus="', `data-focus="${mark}`);
		const name = `finding-${item.name}-${line.key}`;
		return `<label class="session__mark"><input type="radio" name="${h(name)}" value="${mark}" ${place}>
			<span>${mark || "－"}</span></label>`;
	});
	return `<div class="session__reason"><span class="session__question">${h(line.question || line.code)}</span>
		<span class="session__marks" role="radiogroup" aria-label="${h(line.question)}">${marks.join("")}</span>
		<textarea rows="1" class="form-control" aria-label="${__("Reason")}" ${part("reason", line.key)}></textarea></div>`;
};

// The decision recorded in the meantime, beside the user's draft.
const recorded_html = (session, item, draft) => {
	const noted = item.decision;
	if (!draft || session.outbox.orders.has(`decision/${item.name}`)) return "";
	if (draft.seen === ((noted && noted.modified) || "")) return "";
	const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}">${label}</button>`;
	const theirs = noted
		? [h(word("Kyodo Result", noted.result)), noted.amount ? yen(noted.amount) : "", h(noted.advice)].filter(Boolean).join("　")
		: __("The decision has been taken back.");
	return `<div class="session__conflict" role="alert"><p>${__("Another decision has been recorded in the meantime:")}</p>
		<blockquote>${theirs}</blockquote>
		${button("keep_own_decision", __("Keep mine"))} ${button("take_their_decision", __("Take theirs"))}</div>`;
};
