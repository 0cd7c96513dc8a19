// Pages on which several people write one form.
import { forget_with_log_out } from "./portal/local_copies.js";
import { Writing } from "./portal/writing.js";

forget_with_log_out();
document.querySelectorAll("form[data-autosave]").forEach((form) => new Writing(form).start());
