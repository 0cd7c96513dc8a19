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
		amount: decision.amount ? String(decision.amount) : "",
		rank: decision.result === "Reserve" ? String(decision.rank || "") : "",
		conditions: decision.conditions || "",
		below_reason: decision.below_reason || "",
		advice: decision.advice || "",
		reasons,
	};
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
		amount: whole_number(draft.amount),
		rank: draft.result === "Reserve" ? whole_number(draft.rank) : null,
		conditions: draft.conditions || null,
		below_reason: draft.below_reason || null,
		advice: draft.advice || null,
		reasons,
	};
};

// Whether a recorded decision has the content that was sent.
export const same_decision = (noted, args) => {
	if (!noted) return false;
	const rows = (list) => JSON.stringify((list || []).map((row) => [row.criterion || "", row.finding || "", row.reason]));
	return (
		noted.result === args.result &&
		Number(noted.amount || 0) === Number(args.amount || 0) &&
		(noted.conditions || "") === (args.conditions || "") &&
		(noted.advice || "") === (args.advice || "") &&
		(noted.below_reason || "") === (args.below_reason || "") &&
		(args.result !== "Reserve" || Number(noted.rank || 0) === Number(args.rank || 0)) &&
		rows(noted.reasons) === rows(args.reasons)
	);
};
