// Appends an empty copy of the last row of a table, with the next number and a new key, and returns it.
export const add_row = (form, table) => {
	const count = form.elements[`rows-${table}`];
	const rows = form.querySelectorAll(`[data-row="${table}"]`);
	const last = rows[rows.length - 1];
	const row = last.cloneNode(true);
	number_row(row, table, parseInt(count.value, 10));
	row.querySelectorAll("[name]").forEach(empty);
	row.querySelectorAll("[data-said], .became, .calendar, a").forEach((element) => element.remove());
	row.querySelectorAll("[aria-invalid]").forEach((element) => element.removeAttribute("aria-invalid"));
	row.querySelectorAll(".remove-row").forEach((element) => (element.hidden = true));
	row.classList.remove("has-notes");
	const label = row.getAttribute("aria-label");
	if (label) row.setAttribute("aria-label", label.replace(/\d+$/, rows.length + 1));
	last.after(row);
	count.value = parseInt(count.value, 10) + 1;
	form.dispatchEvent(new Event("rows", { bubbles: true }));
	return row;
};

const NUMBERED = ["name", "id", "for", "aria-describedby", "data-place", "data-notes"];

const number_row = (row, table, number) => {
	const numbered = new RegExp(`\\b${table}-\\d+`);
	for (const element of [row, ...row.querySelectorAll("*")]) {
		for (const attribute of NUMBERED) {
			const value = element.getAttribute(attribute);
			if (value) element.setAttribute(attribute, value.replace(numbered, `${table}-${number}`));
		}
	}
};

const empty = (input) => {
	if (/-key$/.test(input.name)) input.value = new_key();
	else if (/-gone$/.test(input.name)) input.checked = false;
	else if (input.type === "checkbox") input.checked = input.defaultChecked;
	else if (input.tagName === "SELECT") input.selectedIndex = 0;
	else if (input.type !== "hidden")
		input.value = input.defaultValue; // the server renders the last row empty
	else if (/-(name|was)$/.test(input.name)) input.value = "";
};

const new_key = () => Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// Returns the first input of a row or a part of a form.
export const first_input = (within) => within.querySelector("input:not([type=hidden]), select, textarea");

// Makes the buttons for a new row work without a page load.
export const start_row_buttons = () => {
	document.querySelectorAll("button[data-add-row]").forEach((button) => {
		button.addEventListener("click", (event) => {
			event.preventDefault();
			const first = first_input(add_row(button.form, button.dataset.addRow));
			if (first) first.focus();
		});
	});
};
