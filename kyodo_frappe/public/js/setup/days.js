// Step 3: the calls of the year, its meetings and deadlines.
import { ask_table } from "./tables.js";

// Asks for calls, meetings and deadlines.
export const ask_days = (setup) => {
	ask_table(setup, "calls", true);
	ask_table(setup, "meetings");
	ask_table(setup, "deadlines");
	setup.show_buttons([__("Back"), () => setup.go(1)], [__("Next"), () => setup.go_if_accepted(3), true]);
};
