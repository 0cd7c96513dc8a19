// Inputs for days: says below what 令和8年12月18日 or R8.12.18 became, and opens the browser's calendar. Without this they are texts
// that the server reads.
import { era_date, read_day } from "../common/typed.js";
import { tell_below } from "./conversion_hints.js";

export const start_days = () => {
	const { eras } = document.body.dataset;
	if (!eras) return;
	const known = JSON.parse(eras);
	document.querySelectorAll("input[data-day]").forEach((input) => start(input, known));
	document.addEventListener("input", ({ target }) => {
		if (target.matches("input[data-day]")) tell(target, known);
	});
	document.addEventListener("focusin", ({ target }) => {
		if (target.matches("input[data-day]")) start(target, known); // rows come later
	});
};

const start = (input, eras) => {
	if (input.parentNode.querySelector(":scope > .calendar")) return;
	const picker = document.createElement("input");
	Object.assign(picker, { type: "date", className: "calendar", tabIndex: -1 });
	picker.setAttribute("aria-hidden", "true");
	picker.addEventListener("focus", () => (picker.value = read_day(input.value, today(), eras).value || ""));
	picker.addEventListener("input", (event) => event.stopPropagation());
	picker.addEventListener("change", (event) => {
		event.stopPropagation();
		input.value = picker.value;
		input.dispatchEvent(new Event("input", { bubbles: true }));
		input.dispatchEvent(new Event("change", { bubbles: true }));
	});
	input.after(picker);
	tell(input, eras);
};

const tell = (input, eras) => {
	const { value } = read_day(input.value, today(), eras);
	tell_below(input, value ? `→ ${era_date(value, eras)}` : "");
};

const today = () => {
	const now = new Date();
	return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
};
