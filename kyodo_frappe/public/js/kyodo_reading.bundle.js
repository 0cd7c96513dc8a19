// The page on which the office and the sections read a proposal or a report (page/kyodo_reading).
import { ReadingPage } from "./reading/page.js";

frappe.provide("kyodo").ReadingPage = ReadingPage;
