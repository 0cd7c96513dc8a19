// The views of Frappe's desk as our records show them: lists, boards, calendars, and the ribbon of a project.
import { keep_cards_in_place } from "./board.js";
import { calendar_of, offer_subscription, show_calendar } from "./calendar.js";
import { apply_filters, improve_lists } from "./lists.js";
import { replace_workflow_actions } from "./bulk_actions.js";
import { show_ribbon } from "./ribbon.js";
import { colour_states } from "./states.js";

Object.assign(frappe.provide("kyodo"), { apply_filters, calendar_of, offer_subscription, show_calendar, show_ribbon });
colour_states();
improve_lists();
replace_workflow_actions();
keep_cards_in_place();
