// The page of the day (page/kyodo_today).
import { TodayPage } from "./today/page.js";

frappe.provide("kyodo").TodayPage = TodayPage;
