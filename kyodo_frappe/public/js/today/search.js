import { element, h } from "../desk/html.js";
import { address_of, place_of } from "../desk/routes.js";
import { facts, FIND, marked } from "../desk/search.js";

const PAUSE = 250; // ms without typing before it is searched
const LIMIT = 20;

// The box in which somebody finds records by title, number, name or text.
export class SearchBox {
	constructor(place) {
		place.innerHTML = `<form role="search"><label for="kyodo-today-search">${__("Find a record")}</label>
			<input id="kyodo-today-search" type="search" class="form-control" autocomplete="off" maxlength="140"
				placeholder="${__("Title, number, name, words of the minutes …")}"></form>
			<div class="today__found" aria-live="polite"></div>`;
		this.input = place.querySelector("input");
		this.answer = place.querySelector(".today__found");
		this.input.addEventListener("input", () => {
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.find(), PAUSE);
		});
		place.querySelector("form").addEventListener("submit", (event) => {
			event.preventDefault();
			this.find();
		});
	}

	// Searches for a text as if it had been typed.
	ask(text) {
		this.input.value = text;
		return this.find();
	}

	async find() {
		clearTimeout(this.timer);
		const text = this.input.value.trim();
		if (!text) return (this.answer.innerHTML = "");
		const { message } = await frappe.call({ method: FIND, args: { text, limit: LIMIT }, type: "GET" });
		if (message && text === this.input.value.trim()) this.show(message);
	}

	show({ rows, more, short }) {
		this.answer.innerHTML = "";
		if (!rows.length) return this.answer.append(element(`<p>${short ? TOO_SHORT() : NOTHING()}</p>`));
		const count = more ? __("The first {0}. Type another word to find fewer.", [rows.length]) : __("{0} found", [rows.length]);
		this.answer.append(element(`<p>${count}</p>`), element(`<ol>${rows.map(result).join("")}</ol>`));
	}
}

const TOO_SHORT = () => __("Please type two letters or one kanji at least.");
const NOTHING = () => __("Nothing was found that you may open. Try fewer or shorter words.");

const result = (row) => {
	const text = row.text.length ? `<p>${marked(row.text)}</p>` : "";
	const address = address_of(place_of(row.doctype, row.name));
	return `<li><a href="${h(address)}">${marked(row.title)}</a><small>${h(facts(row))}</small>${text}</li>`;
};
