// What all pages of the portal and the public site gain with JavaScript: a new row without loading the page, sums while one
// types, a word about files that are chosen and not sent. All works without it.
import { tell_what_it_became } from "./portal/conversion_hints.js";
import { start_counters } from "./portal/counters.js";
import { start_days } from "./portal/days.js";
import { start_files } from "./portal/files.js";
import { start_row_buttons } from "./portal/rows.js";
import { start_saving } from "./portal/saving.js";
import { start_screens } from "./portal/screens.js";
import { start_sums } from "./portal/sums.js";
import { start_uploads } from "./portal/uploads.js";

start_files();
start_row_buttons();
start_sums();
tell_what_it_became();
start_days();
start_counters();
start_uploads();
start_saving();
document.querySelectorAll("form[data-screens]").forEach(start_screens);
