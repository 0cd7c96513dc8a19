// The page on which somebody's work is handed over (page/kyodo_hand_over).
import { Handover } from "./handover/handover.js";

frappe.provide("kyodo").Handover = Handover;
