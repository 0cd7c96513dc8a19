// Step 4: what is judged and asked, who sits in the committees, the words of the forms of collaboration.
import { ask_table } from "./tables.js";

// Asks for criteria, documents, seats, categories of expense, terms by year and forms of collaboration.
export const ask_examination = (setup) => {
	for (const part of ["criteria", "seats", "documents", "categories", "year_terms", "forms"]) ask_table(setup, part);
	setup.show_buttons([__("Back"), () => setup.go(2)], [__("Next"), () => setup.go_if_accepted(4), true]);
};
