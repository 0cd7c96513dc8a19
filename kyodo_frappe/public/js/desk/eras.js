// Fiscal years and days in the Japanese calendar, where the desk is in Japanese.
const JAPANESE = "ja-JP-u-ca-japanese";
const in_japanese = () => (frappe.boot.lang || "ja").startsWith("ja");

// Returns a fiscal year as documents write it: 2026 → 令和8年度. A year in which the era changes bears the later one.
export const era_year = (year) => {
	if (!in_japanese()) return String(year);
	const text = new Intl.DateTimeFormat(JAPANESE, { era: "long", year: "numeric" }).format(new Date(year, 11, 31));
	return `${text.replace(/(\D)1年$/, "$1元年")}度`;
};

// Returns a day as documents write it: 2026-04-30 → 令和8年4月30日.
export const era_day = (day) => {
	const [year, month, date] = day.slice(0, 10).split("-").map(Number);
	if (!in_japanese()) return frappe.datetime.str_to_user(day.slice(0, 10));
	const text = new Intl.DateTimeFormat(JAPANESE, { era: "long", year: "numeric", month: "long", day: "numeric" });
	return text.format(new Date(year, month - 1, date));
};

// Returns a moment as documents write it: 2026-04-30 09:05:12.123 → 令和8年4月30日 09:05.
export const era_moment = (moment) =>
	in_japanese() ? `${era_day(moment)} ${moment.slice(11, 16)}` : frappe.datetime.str_to_user(moment.split(".")[0]);
