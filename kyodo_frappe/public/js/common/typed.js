// Numbers and days as people type them: what rules/numbers.py and rules/dates.py read, in the same way (tests/typed.json holds
// the cases of both). A reading is {value}, or {refusal, values}: the name of the rule's refusal, and what its sentence names.

const HYPHENS = "‐‑‒–—―−ー─";
const SCALES = { 億: 8, 千万: 7, 百万: 6, 十万: 5, 万: 4, 千: 3, 百: 2 };
const WHOLE = ["Int", "Currency"];
const SHORTEST_REST = 3;
const DIGITS = "(?:[0-9]{1,3}(?:[,、 ][0-9]{3})+|[0-9]+)(?:\\.[0-9]*)?|\\.[0-9]+";
const PART = `(?:${DIGITS})(?:${Object.keys(SCALES).join("|")})?`;
const PARTS = new RegExp(`(${DIGITS})(${Object.keys(SCALES).join("|")})?`, "g");
const NUMBER = new RegExp(`^([-+${HYPHENS}△▲])?金?[¥\\\\]?((?:${PART})+)(円(?:也|整)?|%)?$`);
const POINTS_FOR_COMMAS = /^[0-9]{1,3}(?:\.[0-9]{3})+$/;
const SEPARATED = /^[0-9.,、 ]*[0-9][0-9.,、 ]*$/;
const WORDS = `[^0-9.,、+*/^△▲億万千百十${HYPHENS}-]*`;
const WITH_WORDS = new RegExp(`^${WORDS}([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)${WORDS}$`, "u");

const WEEKDAYS = "日月火水木金土";
const NEAR = 2 * 365;
const LATEST = 10 * 365;
const FIRST_WESTERN = 1000;
const NEAR_YEARS = 5;
const LATEST_YEARS = 10;
const FISCAL_YEAR = /^(\p{L}{1,2}?)?(元|[0-9]{4}|[0-9]{1,2})(?:\.0+)?(?:年度?)?$/u;
const DAY_LENGTH = 24 * 60 * 60 * 1000;
const LIGATURES = { "㋿": "令和", "㍻": "平成", "㍼": "昭和", "㍽": "大正", "㍾": "明治" };
const DAY = new RegExp(
	"^(\\p{L}{1,2})?(元|[0-9]{4}|[0-9]{1,2})" +
		"(?:年([0-9]{1,2})月([0-9]{1,2})日|([./-])([0-9]{1,2})\\5([0-9]{1,2}))" +
		`(?:\\(([${WEEKDAYS}])(?:曜日?)?\\))?$`,
	"u"
);
const NO_DAY = /^(?:(?:\p{L}{1,2})?(?:元|[0-9]{1,4})年(?:[0-9]{1,2}月)?|(?:\p{L}{1,2}(?:元|[0-9]{1,2})|[0-9]{4})[./-][0-9]{1,2})$/u;
const NO_YEAR = /^(?:[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}[./-][0-9]{1,2})$/;

const refused = (refusal, text, ...more) => ({ refusal, values: [text.trim().slice(0, 40), ...more] });

// １２０，０００円 → 120,000円
export const half_width = (text) =>
	text
		.replace(/[！-～]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
		.replace(/　/g, " ")
		.replace(/￥/g, "¥");

// kind: Int, Currency, Float or Percent. An empty text reads as {value: null}.
export const read_number = (text, kind = "Float") => {
	const plain = half_width(text)
		.replace(/(?<![0-9])\s+|\s+(?![0-9])/g, "")
		.trim();
	if (!plain) return { value: null };
	const found = plain.match(NUMBER);
	if (!found || (found[3] === "%" && kind !== "Percent")) return no_number(text, plain);
	const sum = add_up(found[2], Boolean(found[3]));
	const is_whole = WHOLE.includes(kind);
	if (sum === null || (is_whole && POINTS_FOR_COMMAS.test(found[2]))) return refused("UnclearNumber", text);
	if (is_whole && !Number.isInteger(sum)) return refused("NotWhole", text);
	return { value: [undefined, "+"].includes(found[1]) || !sum ? sum : -sum };
};

// The number of 12万3千; null if it may mean another. ended: 円 follows.
const add_up = (body, ended) => {
	let total = 0;
	let above = null;
	for (const [, typed, word] of body.matchAll(PARTS)) {
		const digits = typed.replace(/[,、 ]/g, "");
		const scale = SCALES[word] || 0;
		const value = Number(`${digits}e${scale}`);
		const unclear = () => value >= 10 ** above || digits.includes(".") || (!word && !ended && digits.length < SHORTEST_REST);
		if (above !== null && unclear()) return null;
		total += value;
		above = scale;
	}
	return total;
};

const no_number = (text, plain) => {
	if (SEPARATED.test(plain)) return refused("UnclearNumber", text);
	const found = plain.match(WITH_WORDS);
	return found ? refused("NumberWithWords", text, found[1].replace(/,/g, "")) : refused("NotATypedNumber", text);
};

// today: 2026-11-29; eras: [[kanji, letter, first day, day after the last or null]], oldest first. Days are ISO texts.
export const read_day = (text, today, eras) => {
	let plain = half_width(text.replace(/[㋿㍻-㍾]/g, (sign) => LIGATURES[sign]))
		.replace(/\s+/g, "")
		.replace(new RegExp(`[${HYPHENS}]`, "g"), "-");
	if (!plain) return { value: null };
	plain = plain.replace(/^([0-9]{4})([0-9]{2})([0-9]{2})$/, "$1-$2-$3");
	const found = plain.match(DAY);
	if (!found) return refused(NO_DAY.test(plain) ? "DayMissing" : NO_YEAR.test(plain) ? "YearMissing" : "NotATypedDay", text);
	const read = meant(found, text, today, eras);
	const weekday = read.value && WEEKDAYS[new Date(read.value).getUTCDay()];
	if (!read.refusal && found[8] && found[8] !== weekday)
		return refused("WrongWeekday", text, `${era_date(read.value, eras)}（${weekday}）`);
	return read;
};

const meant = (found, text, today, eras) => {
	const [name, year] = [found[1], found[2] === "元" ? 1 : Number(found[2])];
	const [month, day] = [Number(found[3] || found[6]), Number(found[4] || found[7])];
	if (!name && year < FIRST_WESTERN) return without_era(year, month, day, text, today, eras);
	const era = name && eras.find(([kanji, letter]) => [kanji, kanji[0], letter, letter.toLowerCase()].includes(name));
	if (name && !era) return refused("NotATypedDay", text);
	const value = name ? (year ? in_era(era, year, month, day) : null) : iso(year, month, day);
	if (!value) return refused("NoSuchDay", text);
	return era && !within(era, value) ? refused("WrongEra", text, era_date(value, eras)) : { value };
};

const without_era = (year, month, day, text, today, eras) => {
	const readings = [...eras].reverse().flatMap((era) => {
		const found = in_era(era, year, month, day);
		return found && within(era, found) ? [found] : [];
	});
	const [, , since] = eras[eras.length - 1];
	const far = (value) => Math.round((new Date(value) - new Date(today)) / DAY_LENGTH);
	if (readings.length && readings[0] >= since && Math.abs(far(readings[0])) <= NEAR) return { value: readings[0] };
	const western = iso(2000 + year, month, day);
	const likely = western && Math.abs(far(western)) <= NEAR ? [western] : [];
	likely.push(...readings.filter((value) => far(value) <= LATEST));
	if (!likely.length) return refused("NoSuchDay", text);
	const names = likely.slice(0, 2).map((value) => era_date(value, eras));
	return refused(names.length === 1 ? "EraMissing" : "UnclearEra", text, ...names.reverse());
};

// The fiscal year of 令和8年度, R8, 2026年度 or 8年度; an empty text reads as {value: null}.
export const read_fiscal_year = (text, today, eras) => {
	const plain = half_width(text.replace(/[㋿㍻-㍾]/g, (sign) => LIGATURES[sign]))
		.replace(/[\s,]+/g, "")
		.trim();
	if (!plain) return { value: null };
	const [, name, typed] = plain.match(FISCAL_YEAR) || [];
	const year = typed === "元" ? 1 : Number(typed);
	if (!typed || !year) return refused("NotATypedYear", text);
	if (!name) return year >= FIRST_WESTERN ? { value: year } : year_without_era(year, text, today, eras);
	const era = eras.find(([kanji, letter]) => [kanji, kanji[0], letter, letter.toLowerCase()].includes(name));
	if (!era) return refused("NotATypedYear", text);
	const value = Number(era[2].slice(0, 4)) + year - 1;
	const is_of_era = `${value}-12-31` >= era[2] && (!era[3] || `${value}-04-01` < era[3]);
	return is_of_era ? { value } : refused("NotAFiscalYear", text);
};

const year_without_era = (year, text, today, eras) => {
	const value = Number(eras[eras.length - 1][2].slice(0, 4)) + year - 1;
	const from_now = value - Number(today.slice(0, 4));
	if (Math.abs(from_now) <= NEAR_YEARS) return { value };
	return refused("EraMissing", text, from_now <= LATEST_YEARS ? era_year(value, eras) : `${2000 + year}年度`);
};

// 2026 → 令和8年度; the year in which an era begins bears the later one
export const era_year = (value, eras) => `${era_date(`${value}-12-31`, eras).split("年")[0]}年度`;

const in_era = ([, , since], year, month, day) => iso(Number(since.slice(0, 4)) + year - 1, month, day);

const within = ([, , since, until], value) => since <= value && (!until || value < until);

// null for a day that does not exist
const iso = (year, month, day) => {
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year < 10000 ? date.toISOString().slice(0, 10) : null;
};

// 2026-12-18 → 令和8年12月18日
export const era_date = (value, eras) => {
	const [year, month, day] = value.split("-").map(Number);
	const era = eras.find((one) => within(one, value));
	const number = era ? year - Number(era[2].slice(0, 4)) + 1 : year;
	return `${era ? era[0] : ""}${era && number === 1 ? "元" : number}年${month}月${day}日`;
};
