// The input of one value, with its conflict or problem. The board fills in the value.
import { h } from "../desk/html.js";

// The input of a field in a row, with its label and what is wrong with its value.
export const input_html = (session, table, row, field, label, { kind = "line", hint = "", off = false, bare = false } = {}) => {
	const key = [table, table ? row.name : "", field].join("/");
	const common = `data-place="${h(key)}" data-focus="${h(key)}" ${off ? "disabled" : ""}`;
	const after = conflict_html(session, key);
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

// A conflict with a colleague's text, or the server's refusal of a value.
export const conflict_html = (session, key) => {
	const entry = session.outbox.entries.get(key);
	if (!entry || !(entry.theirs || entry.problem)) return "";
	const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}" data-key="${h(key)}">${label}</button>`;
	if (entry.problem) {
		const back = button("drop_change", __("Restore the saved text"));
		return `<div class="session__problem" role="alert">${h(entry.problem)} ${back}</div>`;
	}
	const { theirs, who, when } = entry.theirs;
	return `<div class="session__conflict" role="alert">
		<p>${__("{0} entered another text here at {1}:", [h(who), h(when)])}</p>
		<blockquote>${h(theirs) || __("(empty)")}</blockquote>
		${button("keep_mine", __("Keep mine"))} ${button("take_theirs", __("Take theirs"))}
	</div>`;
};

// Saves the user's text instead of the colleague's.
export const keep_mine = (session, { key }) => {
	session.outbox.settle(key, true);
	session.board.redraw_input(key);
};

// Accepts the colleague's text.
export const take_theirs = (session, { key }) => {
	session.outbox.settle(key, false);
	session.board.redraw_input(key);
};

// Restores the saved text after a refusal.
export const drop_change = (session, { key }) => {
	session.outbox.drop(key);
	session.board.redraw_input(key);
};
