// The headings of that calendar in the order in which the language says them: 2026年11月. Its own is the English one.
export const titles_of_calendar = () => {
	const in_japanese = (frappe.boot.lang || "").startsWith("ja");
	return in_japanese ? { days: "<span>yyyy</span>年<span>MM</span>", months: "<span>yyyy</span>年", years: "yyyy1 - yyyy2" } : undefined;
};

// Names of days and months for the calendar beside date fields, which knows no Japanese: Frappe would show it in English.
export const name_days = () => {
	const known = jQuery.fn.datepicker && jQuery.fn.datepicker.language;
	const lang = frappe.boot.lang;
	if (!known || known[lang]) return;
	const named = (count, format, day_of) =>
		Array.from({ length: count }, (_each, at) => new Intl.DateTimeFormat(lang, format).format(day_of(at)));
	const sunday = 4; // 4 January 1970
	const days = (width) => named(7, { weekday: width }, (at) => new Date(1970, 0, sunday + at));
	const months = (width) => named(12, { month: width }, (at) => new Date(1970, at, 1));
	known[lang] = {
		days: days("long"),
		daysShort: days("short"),
		daysMin: days("narrow"),
		months: months("long"),
		monthsShort: months("short"),
		today: __("Today"),
		clear: __("Clear"),
		dateFormat: "yyyy-mm-dd",
		timeFormat: "hh:ii",
		firstDay: 0,
	};
};
