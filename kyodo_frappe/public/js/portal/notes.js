// The notes beside the fields of a form: problems and conflicts.
import * as keeping from "./local_copies.js";
import { show_step } from "./saving.js";
import { reveal } from "./screens.js";

// The place that an input belongs to: its row, or itself.
export const place_of = (input) => {
	const row = input.closest("[data-row]");
	return row ? row.dataset.place : input.name;
};

// The element with the notes of a place.
export const notes_of = (form, place) => form.querySelector(`[data-notes="${place}"]`) || document.createElement("div");

// Shows the notes of a response: {conflicts, problems, steps, cautions, computation}.
export const show_notes = (form, response) => {
	form.querySelectorAll("[data-notes]").forEach((notes) => show_note(form, notes, response));
	document.querySelectorAll("[data-mark]").forEach((mark) => {
		const step = response.steps[mark.dataset.mark];
		if (step) show_step(mark, step);
	});
	form.querySelectorAll("[data-cautions]").forEach((box) => {
		box.replaceChildren(...response.cautions.map((text) => paragraph(text, "caution")));
	});
	form.querySelectorAll("[data-computation]").forEach((box) => {
		box.replaceChildren(...(response.computation || []).map((text) => paragraph(text, "computed")));
	});
};

// A paragraph of plain text; without a `kind` it is a problem, which the next response replaces.
export const paragraph = (text, kind) => {
	const element = document.createElement("p");
	element.className = kind || "problem";
	element.textContent = text;
	if (!kind) element.dataset.said = "";
	return element;
};

// Focuses the first invalid input.
export const focus_first = (form) => {
	const first = form.querySelector("[aria-invalid=true]");
	if (!first) return;
	reveal(first);
	first.focus();
};

const show_note = (form, notes, response) => {
	const place = notes.dataset.notes;
	const conflict = response.conflicts[place];
	const problem = response.problems[place];
	const shown = notes.querySelector("[data-conflict]");
	if (shown && conflict && seen_in(shown).value === conflict.seen) return; // still the same conflict
	notes.querySelectorAll("[data-said]").forEach((part) => part.remove());
	if (conflict) notes.prepend(question(form, place, conflict));
	if (problem) notes.prepend(paragraph(problem));
	mark_invalid(form, place, Boolean(conflict || problem));
};

const seen_in = (block) => block.querySelector("input[type=hidden]");

const row_at = (form, place) => form.querySelector(`[data-place="${place}"]`);

const question = (form, place, conflict) => {
	const template = document.getElementById(conflict.removed ? "t-removed" : "t-conflict");
	const block = template.content.firstElementChild.cloneNode(true);
	block.querySelectorAll("[name]").forEach((input) => {
		const kind = input.name.replace("-PLACE", "");
		input.name = row_at(form, place) ? `${place}-${kind}` : `${kind}-${place}`;
	});
	seen_in(block).value = conflict.seen;
	const line = block.querySelector("strong");
	line.textContent = line.textContent.replace("{0}", conflict.who).replace("{1}", conflict.when);
	const { empty } = form.querySelector("[data-words]").dataset;
	const theirs = conflict.theirs.map(([label, text]) => paragraph((label ? `${label}: ` : "") + (text || empty), "kept"));
	block.querySelector("[data-theirs]").append(...theirs);
	return block;
};

const mark_invalid = (form, place, invalid) => {
	const row = row_at(form, place);
	const inputs = row ? keeping.inputs(row).filter((input) => !/-gone$/.test(input.name)) : [form.elements[place]];
	if (row) row.classList.toggle("has-notes", invalid);
	for (const input of inputs.filter((field) => field && field.setAttribute)) {
		if (invalid) input.setAttribute("aria-invalid", "true");
		else input.removeAttribute("aria-invalid");
	}
};
