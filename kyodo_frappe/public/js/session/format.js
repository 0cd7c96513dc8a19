// Whole yen, as people read them.
export const yen = (amount) => `${Number(amount || 0).toLocaleString("ja-JP")}${__("yen")}`;

// Names in a sentence.
export const names = (list) => list.join(__(", "));

// The time of day that it is now, 18:30.
export const now = () => frappe.datetime.now_datetime().slice(11, 16);

// The time of day of a Date.
export const clock_of = (date) => `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;

// 400,000円 or ４０００００ as a number; null for nothing. What is no number is left to the server to refuse.
export const whole_number = (text) => {
	const plain = String(text || "")
		.normalize("NFKC")
		.replace(/[,、\s円¥]/g, "");
	if (!plain) return null;
	return /^\d+$/.test(plain) ? Number(plain) : plain;
};
