import { whole_number } from "./format.js";

// Drafts of decisions, kept on this device until they are recorded. place: prefix in localStorage; full(): called when the
// browser cannot store them.
export class Drafts {
	constructor(place, full) {
		this.place = place;
		this.full = full;
		this.known = new Map();
	}

	// The draft for an item of the agenda, or null.
	of(name) {
		if (!this.known.has(name)) this.known.set(name, this.kept(name));
		return this.known.get(name);
	}

	kept(name) {
		try {
			return JSON.parse(localStorage.getItem(`${this.place}:draft:${name}`));
		} catch (unreadable) {
			return null;
		}
	}

	keep(name, draft) {
		this.known.set(name, draft);
		try {
			localStorage.setItem(`${this.place}:draft:${name}`, JSON.stringify(draft));
		} catch (full) {
			this.full();
		}
	}

	drop(name) {
		this.known.set(name, null);
		localStorage.removeItem(`${this.place}:draft:${name}`);
	}

	// The content of an item's form: the draft, else the recorded decision.
	form_of(item) {
		return this.of(item.name) || recorded_form(item.decision || {});
	}
}

const recorded_form = (decision) => {
	const reasons = {};
	for (const row of decision.reasons || []) {
		reasons[row.criterion || row.question || ""] = { finding: row.finding || "", reason: row.reason || "" };
	}
	return {
		seen: decision.modified || "",
		result: decision.result || "",
		yearly: Object.fromEntries(Object.entries(decision.yearly || {}).map(([year, granted]) => [year, String(granted)])),
		amount: decision.amount ? String(decision.amount) : "",
		rank: decision.result === "Reserve" ? String(decision.rank || "") : "",
		conditions: decision.conditions || "",
		below_reason: decision.below_reason || "",
		advice: decision.advice || "",
		reasons,
	};
};

// The value of a part of a form: of one of its lines (a reason, the amount of a year), or of the form itself.
export const value_in = (form, part, line) => {
	if (line === undefined) return form[part] || "";
	if (part === "yearly") return (form.yearly || {})[line] || "";
	return (form.reasons[line] || {})[part] || "";
};

// The rows of reasons: the programme's criteria and any others that are recorded.
export const reason_lines = (item) => {
	const lines = item.criteria.map((row) => ({ ...row, key: row.code }));
	for (const row of (item.decision && item.decision.reasons) || []) {
		const key = row.criterion || row.question || "";
		if (!lines.some((line) => line.key === key)) lines.push({ ...row, code: row.criterion, key });
	}
	return lines;
};

// The content of a form as arguments of the server's function.
export const decision_of = (meeting, item, draft) => {
	const reasons = reason_lines(item)
		.map((line) => ({ line, finding: "", reason: "", ...draft.reasons[line.key] }))
		.filter((row) => row.reason.trim())
		.map(({ line, finding, reason }) => ({
			criterion: line.code,
			question: line.question,
			field: line.field,
			finding,
			reason,
		}));
	return {
		meeting,
		agenda_item: item.name,
		result: draft.result,
		...money_of(item, draft),
		rank: draft.result === "Reserve" ? whole_number(draft.rank) : null,
		conditions: draft.conditions || null,
		below_reason: draft.below_reason || null,
		advice: draft.advice || null,
		reasons,
	};
};

// The amount, or that of each year where the proposal has several.
const money_of = (item, draft) => {
	const years = (item.proposal && item.proposal.yearly) || [];
	if (!years.length) return { amount: whole_number(draft.amount) };
	const granted = (year) => whole_number((draft.yearly || {})[year]) || 0;
	return { yearly: years.map(({ fiscal_year }) => ({ fiscal_year, granted: granted(fiscal_year) })) };
};

// {fiscal year: yen} of a recorded decision, or of the arguments of one.
const by_year = (yearly) =>
	Array.isArray(yearly) ? Object.fromEntries(yearly.map((row) => [row.fiscal_year, row.granted])) : yearly || {};

const same_money = (noted, args) => {
	if (!args.yearly) return Number(noted.amount || 0) === Number(args.amount || 0);
	const granted = by_year(noted.yearly);
	return args.yearly.every((row) => Number(granted[row.fiscal_year] || 0) === Number(row.granted));
};

// Whether a recorded decision has the content that was sent.
export const same_decision = (noted, args) => {
	if (!noted) return false;
	const rows = (list) => JSON.stringify((list || []).map((row) => [row.criterion || "", row.finding || "", row.reason]));
	return (
		noted.result === args.result &&
		same_money(noted, args) &&
		(noted.conditions || "") === (args.conditions || "") &&
		(noted.advice || "") === (args.advice || "") &&
		(noted.below_reason || "") === (args.below_reason || "") &&
		(args.result !== "Reserve" || Number(noted.rank || 0) === Number(args.rank || 0)) &&
		rows(noted.reasons) === rows(args.reasons)
	);
};
