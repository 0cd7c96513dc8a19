import { read_number } from "../common/typed.js";

// Whole yen, formatted.
export const yen = (amount) => `${Number(amount || 0).toLocaleString("ja-JP")}${__("yen")}`;

// A list of names as text.
export const names = (list) => list.join(__(", "));

// The current time of day, 18:30.
export const now = () => frappe.datetime.now_datetime().slice(11, 16);

// The time of day of a Date.
export const clock_of = (date) => `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;

// 400,000円 or ４０００００ as a number; null if empty. Other text is returned unchanged, for the server to refuse.
export const whole_number = (text) => {
	const read = read_number(String(text || ""), "Int");
	return read.refusal ? text : read.value;
};
