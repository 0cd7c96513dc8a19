// Step 4: the calendar of the first year, and setting the programme up.
import { h } from "../desk/html.js";
import { calendar_table } from "../desk/programmes.js";
import { values_of } from "./questions.js";

// Shows the calendar that the rules make.
export const show_year = async (setup) => {
	const year = setup.add(`<div class="form-inline"><label>${h(__("Fiscal Year"))}　
		<input type="number" class="form-control input-sm" value="${setup.year}"></label></div>`);
	year.querySelector("input").addEventListener("change", (event) => {
		setup.year = Number(event.target.value) || setup.year;
		setup.go(3);
	});
	const name = setup.add("<p></p>");
	const calendar = setup.add("<div></div>");
	setup.show_buttons(
		[__("Back"), () => setup.go(2)],
		[__("Set Up the Programme"), () => set_up(setup, 0)],
		[__("Set Up, and Make Calls and Events"), () => set_up(setup, 1), true]
	);
	const { programme_name } = values_of(setup);
	const named = setup.get("kyodo_frappe.programme.setup.name_in_year", { programme_name, fiscal_year: setup.year });
	const rows = setup.post("kyodo_frappe.programme.setup.look", setup.payload());
	name.textContent = `${__("Programme")}：${await named}`;
	calendar.append(calendar_table(await rows));
};

const set_up = async (setup, make_year) => {
	setup.created = await setup.post("kyodo_frappe.programme.setup.set_up", { ...setup.payload(), make_year });
	const message = __("The programme “{0}” is set up.", [h(setup.created.programme)]);
	frappe.show_alert({ message, indicator: "green" });
	setup.go(4);
};
