// Pages on which several people write one form.
import { forget_with_log_out } from "./portal/keeping.js";
import { Writing } from "./portal/writing.js";

forget_with_log_out();
document.querySelectorAll("form[data-autosave]").forEach((form) => new Writing(form).start());
