import { element, h } from "../desk/html.js";
import { this_year } from "../desk/programmes.js";
import { choose_beginning } from "./beginning.js";
import { ask_days } from "./days.js";
import { show_opening } from "./opening.js";
import { invite_people } from "./people.js";
import { ask_questions } from "./questions.js";
import { show_year } from "./year.js";

const no_answers = () => ({ values: {}, deadlines: {}, calls: {}, meetings: {}, forms: {} });

// The page that sets a programme up in six steps; it is a draft until the last. Nothing is stored before the fourth: each request
// sends preset and answers to programme/setup.py.
export class SetUp {
	constructor(page) {
		this.body = element('<div class="kyodo-setup"></div>');
		page.main.append(this.body);
		this.answers = no_answers();
		this.year = this_year() + 1;
		this.steps = [
			[__("Choose a Beginning"), choose_beginning],
			[__("Answer the Questions"), ask_questions],
			[__("Days and Amounts"), ask_days],
			[__("See the Year"), show_year],
			[__("Invite People"), invite_people],
			[__("Open the Programme"), show_opening],
		];
	}

	go(step) {
		const titles = this.steps.map(([title], n) => `<li ${n === step ? 'aria-current="step"' : ""}>${n + 1}　${h(title)}</li>`);
		this.area = element("<div></div>");
		this.body.replaceChildren(element(`<ol class="setup__steps">${titles.join("")}</ol>`), this.area);
		this.steps[step][1](this);
		window.scrollTo(0, 0);
	}

	// Starts from a preset or a file: {preset} or {file}, its text.
	async begin(source) {
		this.questions = await this.post("kyodo_frappe.programme.setup.begin", source);
		this.source = source;
		this.answers = no_answers();
		this.go(1);
	}

	// The arguments that the endpoints need.
	payload() {
		const { preset = "", file = "" } = this.source;
		return { preset, file, answers: JSON.stringify(this.answers), fiscal_year: this.year };
	}

	get(method, args = {}) {
		return this.call(method, args, "GET");
	}

	post(method, args) {
		return this.call(method, args, "POST");
	}

	async call(method, args, type) {
		const answer = await frappe.call({ method, args, type, freeze: type === "POST" });
		return answer.message;
	}

	// Adds HTML to the current step; returns its element.
	add(html) {
		const part = element(html);
		this.area.append(part);
		return part;
	}

	// Shows the buttons of a step: [label, act, whether it is the main one].
	show_buttons(...buttons) {
		const foot = this.add('<div class="setup__footer"></div>');
		for (const [label, act, main] of buttons) {
			const button = element(`<button type="button" class="btn ${main ? "btn-primary" : "btn-default"}">${h(label)}</button>`);
			button.addEventListener("click", () => act());
			foot.append(button);
		}
	}
}
