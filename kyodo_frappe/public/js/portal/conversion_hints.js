// Says below an input for a number what 12万円 or △3 became, while it is typed. What cannot be read, the server says.
import { half_width, read_number } from "../common/typed.js";

const PLAIN = /^-?[0-9.,]*円?$/;

export const tell_what_it_became = () =>
	document.addEventListener("input", ({ target }) => {
		if (target.matches('input[inputmode="decimal"], input[inputmode="numeric"]')) tell(target);
	});

// Shows a line below an input, or removes its text.
export const tell_below = (input, text) => {
	let line = input.parentNode.querySelector(".became");
	if (!line && text) {
		line = document.createElement("p");
		line.className = "help became";
		line.setAttribute("role", "status");
		input.parentNode.append(line);
	}
	if (line) line.textContent = text;
};

const tell = (input) => {
	const { value } = read_number(input.value);
	const text =
		value && !PLAIN.test(half_width(input.value).trim()) ? `→ ${value.toLocaleString("ja-JP", { maximumFractionDigits: 9 })}` : "";
	tell_below(input, text);
};
