// Pages on which one person fills in a sheet: marks, evaluations, surveys.
import { forget_with_log_out } from "./portal/local_copies.js";
import { Marking } from "./portal/marking.js";

forget_with_log_out();
document.querySelectorAll("form[data-marks]").forEach((form) => new Marking(form).start());
