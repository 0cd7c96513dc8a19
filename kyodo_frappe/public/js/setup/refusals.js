// What the server refuses is said beside the answer that it is about; everything that was typed stays.
import { element, h } from "../desk/html.js";

const STEP_OF = { values: 1, calls: 2, meetings: 2, deadlines: 2, year: 4 };
const STEP_OF_OTHERS = 3;

// Shows the refusal of a request: {_server_messages, kyodo_place: [part, row, column]}, on the step where the answer stands.
export const show_refusal = (setup, refused) => {
	const text = sentences(refused);
	const [part, row, column] = refused.kyodo_place || [];
	if (part && setup.step !== (STEP_OF[part] || STEP_OF_OTHERS)) setup.go(STEP_OF[part] || STEP_OF_OTHERS);
	setup.area.querySelectorAll(".setup__refusal").forEach((line) => line.remove());
	const input = part && input_at(setup, part, row, column);
	const line = element(`<div class="setup__refusal" role="alert">${h(text)}</div>`);
	if (input) {
		for (let fold = input.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
		input.after(line);
		input.focus();
		input.scrollIntoView({ block: "center" });
	} else {
		setup.area.prepend(line);
		line.scrollIntoView({ block: "center" });
	}
};

const input_at = (setup, part, row, column) => {
	if (part !== "values") return setup.area.querySelector(`[data-place="${CSS.escape([part, row, column].join("/"))}"]`);
	const control = setup.fields && setup.fields[column];
	return control && (control.$input || control.$wrapper.find("input, textarea, select")).get(0);
};

const sentences = ({ _server_messages, exception }) => {
	try {
		const texts = JSON.parse(_server_messages).map((message) => JSON.parse(message).message);
		return texts.map((text) => new DOMParser().parseFromString(text, "text/html").body.textContent).join(" ");
	} catch {
		return exception || __("The server did not answer. Please try again.");
	}
};
