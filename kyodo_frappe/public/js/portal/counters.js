// Says how many characters are left, in the words that the server has put beside the input.
const QUIET = 400; // ms without a keystroke until it is said, so that a screen reader is not interrupted

const length_of = (text) => [...text.trim()].length;

export const start_counters = () => document.querySelectorAll("[data-counter]").forEach(start);

const start = (line) => {
	const input = document.getElementById(line.dataset.counter);
	if (!input) return;
	let timer = null;
	input.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(() => tell(line, input), QUIET);
	});
	tell(line, input);
};

const tell = (line, input) => {
	const left = Number(line.dataset.most) - length_of(input.value);
	line.textContent = (left < 0 ? line.dataset.over : line.dataset.left).replace("{0}", Math.abs(left));
	line.classList.toggle("over", left < 0);
};
