// Step 1: choosing a preset or a file.
import { element, h } from "../desk/html.js";

// Shows the presets to start from.
export const choose_beginning = async (setup) => {
	setup.add(
		`<p>${h(__("Start from the rules of a city, or from a file that another city has saved. You can change them in the next steps, and later in the form of the programme."))}</p>`
	);
	const cards = setup.add('<div class="setup__cards"></div>');
	setup.show_buttons([__("Start From a File"), () => take_file(setup)]);
	const presets = await setup.get("kyodo_frappe.programme.setup.presets_to_choose");
	cards.append(...presets.map((preset) => card(setup, preset)));
};

const card = (setup, preset) => {
	const found = element(`<section class="setup__card">
		<h4>${h(preset.title)}</h4><p>${h(preset.municipality)}</p><p>${h(preset.about)}</p>
		<p class="setup__source">${h(__("Source"))}：${h(preset.source)}</p>
		<button type="button" class="btn btn-default btn-sm">${h(__("Start From This"))}</button></section>`);
	found.querySelector("button").addEventListener("click", () => setup.begin({ preset: preset.name }));
	return found;
};

const take_file = (setup) => {
	const input = element('<input type="file" accept=".json,application/json">');
	input.addEventListener("change", async () => setup.begin({ file: await input.files[0].text() }));
	input.click();
};
