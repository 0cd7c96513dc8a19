// What the forms, lists and reports of the desk share, under `kyodo`.
import { name_days } from "./desk/calendar_words.js";
import * as choices from "./desk/choices.js";
import * as corrections from "./desk/corrections.js";
import { era_day } from "./desk/eras.js";
import * as excel from "./desk/excel.js";
import { offer_handover } from "./desk/handover_button.js";
import { lines } from "./desk/html.js";
import "./desk/landing.js";
import * as negotiation from "./desk/negotiation.js";
import { show_outcomes, take as show_outcome } from "./desk/outcome.js";
import { confirm_act, confirm_shown } from "./desk/confirming.js";
import { offer_papers, show_papers } from "./desk/papers.js";
import { plain, report_cell, show_tags_as_written } from "./desk/plain_text.js";
import * as receiving from "./desk/receiving.js";
import * as programmes from "./desk/programmes.js";
import { cell, report } from "./desk/reports.js";
import * as sending from "./desk/sending.js";
import * as states from "./desk/states.js";
import { read_what_is_typed } from "./desk/typing.js";
import "./desk/views.js";
import * as vocabulary from "./desk/vocabulary.js";
import { word_frappes_own } from "./desk/wording.js";

Object.assign(frappe.provide("kyodo"), choices, corrections, excel, negotiation, programmes, receiving, sending, states, vocabulary, {
	era_day,
	lines,
	plain,
	report_cell,
	cell,
	report,
	show_papers,
	show_outcome,
	confirm_act,
	confirm_shown,
});
name_days();
word_frappes_own();
show_outcomes();
offer_handover();
show_tags_as_written();
read_what_is_typed();
offer_papers();
