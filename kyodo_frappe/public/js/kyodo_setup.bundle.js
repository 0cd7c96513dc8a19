// The page on which a programme is set up (page/kyodo_setup).
import { SetUp } from "./setup/setup.js";

frappe.provide("kyodo").SetUp = SetUp;
