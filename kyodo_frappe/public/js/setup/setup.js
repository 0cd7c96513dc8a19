import { element, h } from "../desk/html.js";
import { this_year } from "../desk/programmes.js";
import { choose_beginning } from "./preset_choice.js";
import { ask_days } from "./days.js";
import { ask_examination } from "./examination.js";
import { show_opening } from "./opening.js";
import { invite_people } from "./people.js";
import { ask_questions } from "./questions.js";
import { show_refusal } from "./refusals.js";
import { show_year } from "./year.js";

const PARTS = ["values", "calls", "meetings", "deadlines", "forms", "criteria", "documents", "categories", "year_terms", "seats"];
const no_answers = () => Object.fromEntries(PARTS.map((part) => [part, {}]));

// The page that sets a programme up in seven steps; it is a draft until the last. Nothing is stored before the fifth: each request
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
			[__("Examination and Documents"), ask_examination],
			[__("See the Year"), show_year],
			[__("Invite People"), invite_people],
			[__("Open the Programme"), show_opening],
		];
	}

	go(step) {
		this.step = step;
		const titles = this.steps.map(([title], n) => `<li ${n === step ? 'aria-current="step"' : ""}>${n + 1}　${h(title)}</li>`);
		this.area = element("<div></div>");
		this.body.replaceChildren(element(`<ol class="setup__steps">${titles.join("")}</ol>`), this.area);
		this.steps[step][1](this);
		window.scrollTo(0, 0);
	}

	// Goes to a step if the server accepts the answers so far; otherwise the refusal is shown beside its field.
	async go_if_accepted(step) {
		if (await this.ask("kyodo_frappe.programme.setup.look", this.payload())) this.go(step);
	}

	// The answer of a request; undefined after a refusal, which is shown beside its field.
	ask(method, args) {
		return new Promise((resolve) => {
			const error = (refused) => resolve(show_refusal(this, refused || {}));
			frappe.call({ method, args, type: "POST", freeze: true, silent: true, error }).then(
				(answer) => resolve(answer.message),
				() => {}
			);
		});
	}

	// Starts from a preset or a file: {preset} or {file}, its text.
	async begin(source) {
		this.questions = await this.post("kyodo_frappe.programme.setup.begin", source);
		if (JSON.stringify(source) !== JSON.stringify(this.source)) this.answers = no_answers(); // who comes back finds what was typed
		this.source = source;
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
