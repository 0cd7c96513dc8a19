// The page on which the office runs a meeting of a committee (page/kyodo_session).
import { SessionPage } from "./session/page.js";

frappe.provide("kyodo").SessionPage = SessionPage;
