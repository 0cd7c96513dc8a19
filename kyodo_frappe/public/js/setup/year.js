// Step 5: the calendar of the first year, and setting the programme up.
import { h } from "../desk/html.js";
import { calendar_table } from "../desk/programmes.js";
import { values_of } from "./questions.js";

// Shows the calendar that the rules make.
export const show_year = async (setup) => {
	const year = setup.add(`<div class="form-inline"><label>${h(__("Fiscal Year"))}　
		<input type="text" class="form-control input-sm" data-place="year//" value="${h(setup.year)}"></label></div>`);
	year.querySelector("input").addEventListener("change", (event) => {
		setup.year = event.target.value.trim() || setup.year;
		setup.go(4);
	});
	const name = setup.add("<p></p>");
	const calendar = setup.add("<div></div>");
	setup.show_buttons(
		[__("Back"), () => setup.go(3)],
		[__("Set Up the Programme"), () => set_up(setup, 0)],
		[__("Set Up, and Make Calls and Events"), () => set_up(setup, 1), true]
	);
	const { programme_name } = values_of(setup);
	const rows = await setup.ask("kyodo_frappe.programme.setup.look", setup.payload());
	if (!rows) return;
	const named = await setup.get("kyodo_frappe.programme.setup.name_in_year", { programme_name, fiscal_year: setup.year });
	name.textContent = `${__("Programme")}：${named}`;
	calendar.append(calendar_table(rows));
};

const set_up = async (setup, make_year) => {
	const created = await setup.ask("kyodo_frappe.programme.setup.set_up", { ...setup.payload(), make_year });
	if (!created) return;
	setup.created = created;
	const message = __("The programme “{0}” is set up.", [h(setup.created.programme)]);
	frappe.show_alert({ message, indicator: "green" });
	setup.go(5);
};
