// What the forms, lists and reports of the desk share, under `kyodo`.
import * as choices from "./desk/choices.js";
import * as corrections from "./desk/corrections.js";
import * as excel from "./desk/excel.js";
import { lines } from "./desk/html.js";
import "./desk/landing.js";
import * as negotiation from "./desk/negotiation.js";
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

Object.assign(frappe.provide("kyodo"), choices, corrections, excel, negotiation, programmes, receiving, sending, states, vocabulary, {
	lines,
	plain,
	report_cell,
	cell,
	report,
	show_papers,
});
show_tags_as_written();
read_what_is_typed();
offer_papers();
