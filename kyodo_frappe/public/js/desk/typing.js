// What is typed into numbers, days and addresses: read as meant, with a line beside the field that says what it became, or refused
// there. What cannot be read stays in the field as it was typed; the server refuses it too (common/typed_input.py). Only fields
// of our records and of dialogs without a record are read here.
import { half_width } from "../common/typed.js";
import { titles_of_calendar } from "./calendar_words.js";
import {
	NUMBERS,
	DAYS,
	concerns,
	is_unread,
	sentence_of,
	has_decimal_point,
	number_of,
	day_of,
	fiscal_year_of,
	moment_of,
	is_shown_day,
} from "./typed_values.js";

const FRAPPES_RANGE = "{0} to {1}"; // date_range.js

// The line beside a control: a refusal (alert), what a text became (status), or nothing.
const tell = ({ wrapper, $input }, text, role) => {
	wrapper.querySelectorAll(".kyodo-typed").forEach((line) => line.remove());
	if (!text || !$input) return;
	const line = document.createElement("div");
	line.className = `kyodo-typed kyodo-typed--${role}`;
	line.setAttribute("role", role);
	line.innerHTML = text;
	(wrapper.querySelector(".control-input-wrapper") || wrapper).append(line);
};

const reading = (Base, kind, read) =>
	class extends Base {
		parse(value) {
			if (typeof value !== "string" || !concerns(this)) return super.parse(value);
			if (this.kyodo_shown && value !== "" && value === this.kyodo_shown.text) return this.kyodo_shown.value;
			const found = read(this, value, (text) => super.parse(text));
			// 15 also reads what it shows: the line stays
			const known = this.kyodo_read && this.kyodo_read.became && this.kyodo_read.value === found.value;
			if (!known) this.kyodo_read = { text: value, ...found };
			if (!found.refusal) return found.value;
			return this.df.is_filter ? null : value;
		}
		validate(value) {
			if (!concerns(this)) return super.validate(value);
			const read = NUMBERS.includes(kind) ? this.parse(value) : value; // 15.0 sends what stands in the input
			this.df.invalid = is_unread(read, kind);
			return this.df.invalid || typeof read === "number" ? read : super.validate(read);
		}
		format_for_input(value) {
			const text = is_unread(value, kind) ? value : super.format_for_input(value);
			this.kyodo_shown = { text: String(text ?? ""), value };
			return text;
		}
		parse_validate_and_set_in_model(value, ...more) {
			this.kyodo_taken = value;
			return super.parse_validate_and_set_in_model(value, ...more);
		}
		// a text that has been typed and not yet taken over, while the form is refreshed from elsewhere
		is_being_typed() {
			const input = this.$input && this.$input.get(0);
			if (!input || input !== document.activeElement || !this.kyodo_shown || !concerns(this)) return false;
			return ![this.kyodo_shown.text, this.kyodo_taken].includes(input.value);
		}
		set_formatted_input(value) {
			if (this.is_being_typed() && this.kyodo_shown.value === value) return;
			const read = this.kyodo_read;
			const refused_filter = this.df.is_filter && read && read.refusal && [null, undefined, ""].includes(value);
			if (refused_filter) this.$input && this.$input.val(read.text);
			else if (is_unread(value, kind)) this.$input && this.$input.val(this.format_for_input(value));
			else super.set_formatted_input(value);
		}
		set_date_options() {
			super.set_date_options();
			if (this.datepicker_options) this.datepicker_options.navTitles = titles_of_calendar();
		}
		// Frappe hides the seconds of a calendar that has none where times are shown without them (HH:mm), and fails
		set_datepicker() {
			try {
				super.set_datepicker();
			} catch (error) {
				const { timepicker } = this.datepicker || {};
				if (!timepicker || timepicker.$seconds) throw error;
			}
		}
		// the calendar writes its own day, or none, into the input whenever it shows itself
		update_datepicker_position() {
			const typed = this.$input.val();
			super.update_datepicker_position();
			if (concerns(this)) this.$input.val(typed);
		}
		set_input(...values) {
			super.set_input(...values);
			if (concerns(this)) this.tell_reading(values[0]);
		}
		tell_reading(value) {
			const read = this.kyodo_read;
			if (is_unread(value, kind)) {
				const found = read && read.text === value ? read : read_again(this, value);
				tell(this, found.refusal ? sentence_of(found) : "", "alert");
			} else if (read && read.refusal && this.df.is_filter && [null, undefined, ""].includes(value)) {
				tell(this, sentence_of(read), "alert");
			} else {
				const same = read && read.became && read.value === value;
				tell(this, same ? frappe.utils.escape_html(what_became(read)) : "", "status");
			}
		}
	};

const what_became = ({ text, became }) => (text.trim() === became ? became : `${text.trim()} → ${became}`);

const read_again = (control, text) => {
	control.kyodo_shown = null;
	control.parse(text);
	return control.kyodo_read && control.kyodo_read.text === text ? control.kyodo_read : {};
};

const number_reader = (kind) => (control, text, frappes_own) => {
	if (control.df.fieldname === "fiscal_year") return fiscal_year_of(text);
	if (!has_decimal_point()) return { value: frappes_own(half_width(text)) };
	return number_of(text, kind, frappes_own);
};

const day_reader = (kind) => (control, text, frappes_own) => {
	if (is_shown_day(text, kind)) return { value: frappes_own(text) };
	const read = kind === "Date" ? day_of(text) : moment_of(text);
	return read.value ? { ...read, value: kind === "Date" ? read.value : frappes_own(frappe.datetime.str_to_user(read.value)) } : read;
};

// Two days in one input, in filters (“between”).
const range = (Base) =>
	class extends Base {
		parse(value) {
			if (typeof value !== "string" || !value.trim() || !concerns(this)) return super.parse(value);
			const days = without_end(value)
				.split(between())
				.filter((text) => text.trim());
			const reads = days.map((text) =>
				is_shown_day(text.trim(), "Date") ? { value: frappe.datetime.user_to_str(text.trim()) } : day_of(text)
			);
			const whole = { refusal: "NotATypedDay", values: [value] };
			const refused = days.length === 2 ? reads.find((read) => read.refusal) : whole;
			this.kyodo_read = refused ? { text: value, ...refused } : null;
			return refused ? null : reads.map((read) => read.value);
		}
		set_input(...values) {
			super.set_input(...values);
			const waiting = this.kyodo_read && !values[0];
			if (waiting && this.$input) this.$input.val(this.kyodo_read.text);
			if (concerns(this)) tell(this, waiting ? sentence_of(this.kyodo_read) : "", "alert");
		}
	};

// A range without what Frappe's own sentence, or a clerk's, has after the second day (まで).
const without_end = (text) => {
	const ends = [(__(FRAPPES_RANGE).split("{1}")[1] || "").trim(), "まで"];
	const end = ends.find((word) => word && text.trim().endsWith(word));
	return end ? text.trim().slice(0, -end.length) : text;
};

// What stands between the two days: Frappe's own word, or a clerk's.
const between = () => {
	const word = __(FRAPPES_RANGE).split("{1}")[0].replace("{0}", "").trim();
	return new RegExp([...(word.length > 1 ? [word] : []), "[,、～〜~]", "から"].join("|"));
};

// Mail addresses, telephone numbers and web addresses in full width.
const address = (Base) =>
	class extends Base {
		parse(value) {
			const is_address = ["Email", "Phone", "URL"].includes(this.df.options) && typeof value === "string" && concerns(this);
			const text = is_address ? half_width(value).trim() : value;
			return super.parse ? super.parse(text) : text;
		}
	};

// Cells and lists show what could not be read as it was typed, not as 0 or another day.
const show_unread = (kind) => {
	const format = frappe.form.formatters[kind];
	if (!format) return;
	frappe.form.formatters[kind] = (value, df, ...more) =>
		df && df.parent && concerns({ df }) && is_unread(value, kind)
			? `<span class="kyodo-unread">${frappe.utils.escape_html(value)}</span>`
			: format(value, df, ...more);
};

// A dialog waits for what could not be read in it: the line beside the field says why.
const wait_for_readable = () => {
	const group = frappe.ui.FieldGroup.prototype;
	const { get_values } = group;
	Object.assign(group, {
		get_values(ignore_errors, ...more) {
			const unread = Object.values(this.fields_dict || {}).find(
				({ df, kyodo_read }) => df && df.invalid && kyodo_read && kyodo_read.refusal
			);
			if (!unread || ignore_errors) return get_values.call(this, ignore_errors, ...more);
			unread.set_focus();
			return null;
		},
	});
};

export const read_what_is_typed = () => {
	for (const kind of [...NUMBERS, ...DAYS]) {
		const read = NUMBERS.includes(kind) ? number_reader(kind) : day_reader(kind);
		frappe.ui.form[`Control${kind}`] = reading(frappe.ui.form[`Control${kind}`], kind, read);
		show_unread(kind);
	}
	frappe.ui.form.ControlDateRange = range(frappe.ui.form.ControlDateRange);
	wait_for_readable();
	frappe.ui.form.ControlData = address(frappe.ui.form.ControlData);
};
