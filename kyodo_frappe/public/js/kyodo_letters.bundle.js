// The page of letters and their approval: kyodo.LettersPage.
import { LettersPage } from "./letters/page.js";

Object.assign(frappe.provide("kyodo"), { LettersPage });
