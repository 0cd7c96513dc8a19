// Whether an input is typed into.
export const is_text = (input) => input.tagName === "TEXTAREA" || (input.tagName === "INPUT" && ["text", ""].includes(input.type));

// Keeps text and cursor of an input; returns what restores them in its replacement.
export const keep_cursor = (input) => {
	const { value, selectionStart, selectionEnd } = input;
	const { shown } = input.dataset;
	return (again) => {
		again.value = value;
		if (shown !== undefined) again.dataset.shown = shown;
		again.setSelectionRange(selectionStart, selectionEnd);
	};
};

// Shows a value in an input of any type.
export const put_value = (input, value) => {
	if (input.type === "checkbox") input.checked = Number(value) === 1;
	else if (input.type === "radio") input.checked = input.value === value;
	else if (input.value !== value) input.value = value;
};

// Fits the height of a text area to its text.
export const grow = (area) => {
	area.style.height = "auto";
	area.style.height = `${area.scrollHeight + 2}px`;
};
