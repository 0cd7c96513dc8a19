// What is typed into fields of the desk, read as meant: {value}, a refusal, and what a value became. typing.js shows it.
import { era_date, era_year, half_width, read_day, read_fiscal_year, read_number } from "../common/typed.js";

export const NUMBERS = ["Int", "Float", "Currency", "Percent"];
export const DAYS = ["Date", "Datetime"];
const MOMENT = /^(.+?)(?:[ T]+|(?<=[日)]))([0-9]{1,2})(?::([0-9]{2})(?::[0-9]{2})?|時(?:([0-9]{1,2})分?)?)$/;
const PLAIN_NUMBER = /^-?[0-9.,]*$/;
const SUM = /^[0-9.,+*() ]*[+*][0-9.,+*() ]*$/;
const NO_TYPING = ["", "today", "now"];
const STORED_DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}/;

export const concerns = ({ df, doctype }) => {
	const owner = df.parent || doctype;
	return !owner || owner.startsWith("Kyodo ");
};

// Whether a value is a text that could not be read.
export const is_unread = (value, kind) =>
	typeof value === "string" &&
	!NO_TYPING.includes(value.trim().toLowerCase()) &&
	(DAYS.includes(kind) ? !STORED_DAY.test(value) : isNaN(Number(value)));

const today = () => frappe.datetime.get_today();
const eras = () => frappe.boot.kyodo_typing.eras;

export const sentence_of = ({ refusal, values }) => {
	const shown = values.map((value) => frappe.utils.escape_html(value));
	return __(frappe.boot.kyodo_typing.refusals[refusal], shown);
};

export const has_decimal_point = () => {
	const format = frappe.boot.sysdefaults && frappe.boot.sysdefaults.number_format;
	return !format || get_number_format_info(format).decimal_str !== ",";
};

// {value} or a refusal, and what to say of a value that was typed in another way than it is shown.
export const number_of = (text, kind, calculate) => {
	const read = read_number(text, kind);
	const half = half_width(text).trim();
	if (read.refusal && SUM.test(half)) {
		const sum = calculate(half);
		if (typeof sum === "number" && isFinite(sum) && (Number.isInteger(sum) || !["Int", "Currency"].includes(kind))) read.value = sum;
		if (read.value !== undefined) delete read.refusal;
	}
	if (read.value && !PLAIN_NUMBER.test(half)) read.became = read.value.toLocaleString("en-US", { maximumFractionDigits: 9 });
	return read;
};

export const day_of = (text) => {
	const read = read_day(text, today(), eras());
	if (read.value) read.became = era_date(read.value, eras());
	return read;
};

// A fiscal year, whatever the era is written like; 8年度 is read with its era shown.
export const fiscal_year_of = (text) => {
	const read = read_fiscal_year(text, today(), eras());
	if (read.value && String(read.value) !== half_width(text).trim()) read.became = `${read.value} (${era_year(read.value, eras())})`;
	return read;
};

export const moment_of = (text) => {
	const found = half_width(text).trim().match(MOMENT);
	const [hour, minute] = found ? [Number(found[2]), Number(found[3] || found[4] || 0)] : [0, 0];
	const read = day_of(found ? found[1] : text);
	if (!read.value) return read;
	if (hour > 23 || minute > 59) return { refusal: "NotATypedDay", values: [text] };
	const time = [hour, minute].map((part) => String(part).padStart(2, "0")).join(":");
	return { value: `${read.value} ${time}:00`, became: `${read.became} ${time}` };
};

export const is_shown_day = (text, kind) => {
	const format = frappe.datetime.get_user_date_fmt().toUpperCase();
	const with_time = `${format} ${frappe.datetime.get_user_time_fmt()}`;
	return moment(text, kind === "Date" ? [format] : [format, with_time], true).isValid();
};
