// The page on which somebody's work is handed over (page/kyodo_handover).
import { Handover } from "./handover/handover.js";

frappe.provide("kyodo").Handover = Handover;
