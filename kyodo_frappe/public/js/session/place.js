// One place of the meeting that can be written: its input, and what is wrong with it. The board puts in what it holds.
import { h } from "../desk/html.js";

// An input for one place of a table's row: label, and what is wrong with what it holds.
export const place_html = (session, table, row, field, label, { kind = "line", hint = "", off = false, bare = false } = {}) => {
	const key = [table, table ? row.name : "", field].join("/");
	const common = `data-place="${h(key)}" data-focus="${h(key)}" ${off ? "disabled" : ""}`;
	const after = trouble_html(session, key);
	if (kind === "check") {
		return `<label class="session__checkbox"><input type="checkbox" ${common}><span>${label}</span></label>${after}`;
	}
	const named = bare ? `aria-label="${label}"` : "";
	const input =
		kind === "text"
			? `<textarea rows="3" class="form-control" ${common} ${named} placeholder="${h(hint)}"></textarea>`
			: `<input type="text" class="form-control session__${kind}" ${common} ${named} placeholder="${h(hint)}"
				${kind === "number" ? 'inputmode="numeric"' : ""} autocomplete="off">`;
	return bare ? input + after : `<label class="session__field"><span>${label}</span>${input}</label>${after}`;
};

// What has to be answered at a place: a colleague wrote something else, or the server refuses it.
export const trouble_html = (session, key) => {
	const entry = session.outbox.entries.get(key);
	if (!entry || !(entry.theirs || entry.problem)) return "";
	const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}" data-key="${h(key)}">${label}</button>`;
	if (entry.problem) {
		const back = button("drop_change", __("Put back what is stored"));
		return `<div class="session__problem" role="alert">${h(entry.problem)} ${back}</div>`;
	}
	const { theirs, who, when } = entry.theirs;
	return `<div class="session__conflict" role="alert">
		<p>${__("{0} has written something else here at {1}:", [h(who), h(when)])}</p>
		<blockquote>${h(theirs) || __("(empty)")}</blockquote>
		${button("keep_mine", __("Keep mine"))} ${button("take_theirs", __("Take theirs"))}
	</div>`;
};

// Stores one's own text over a colleague's.
export const keep_mine = (session, { key }) => {
	session.outbox.settle(key, true);
	session.board.forget_shown(key);
};

// Takes a colleague's text.
export const take_theirs = (session, { key }) => {
	session.outbox.settle(key, false);
	session.board.forget_shown(key);
};

// Puts back what is stored over a text that the server refuses.
export const drop_change = (session, { key }) => {
	session.outbox.drop(key);
	session.board.forget_shown(key);
};
