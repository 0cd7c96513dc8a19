// On a phone a form shows one question, or one small group, at a time. A desk shows all of a step: the whole form where it is one step,
// the screens of one step where it has several (data-step). The address names the screen, so that the browser's own way back leads to
// the screen before.
const PHONE = window.matchMedia("(max-width: 40rem)");

export const start_screens = (form) => {
	const screens = [...form.querySelectorAll("[data-screen]")];
	if (screens.length > 1) new Screens(form, screens).start();
};

// Shows the screen of an element that is to be focused.
export const reveal = (element) => {
	if (element.closest("[data-screen]")) element.dispatchEvent(new CustomEvent("reveal", { bubbles: true }));
};

class Screens {
	constructor(form, screens) {
		Object.assign(this, { form, screens, number: 0 });
		this.steps = [...new Set(screens.map((screen) => screen.dataset.step))];
		this.where = document.createElement("p");
		Object.assign(this.where, { className: "on-a-screen" });
		this.where.setAttribute("role", "status");
	}

	start() {
		const { form } = this;
		form.classList.add("on-screens");
		form.classList.toggle("in-steps", this.steps.length > 1);
		form.prepend(this.where);
		this.show(this.number_in_address(0));
		window.addEventListener("hashchange", () => {
			this.show(this.number_in_address(this.number));
			if (this.divides()) this.begin_at_top();
			form.dispatchEvent(new Event("screen"));
		});
		PHONE.addEventListener("change", () => this.show(this.number));
		this.on_press("[data-screen-next]", 1);
		this.on_press("[data-screen-back]", -1);
		form.addEventListener("reveal", ({ target }) => this.show(this.screen_with(target)));
	}

	// Whether only a part of the form is shown.
	divides() {
		return PHONE.matches || this.steps.length > 1;
	}

	step_of(number) {
		return this.screens[number].dataset.step;
	}

	screen_with(element) {
		return this.screens.findIndex((screen) => screen.contains(element));
	}

	on_press(selector, by) {
		this.form.querySelectorAll(selector).forEach((button) => {
			button.addEventListener("click", () => (location.hash = `screen-${this.beside(by) + 1}`));
		});
	}

	// The screen after (1) or before (-1) the one shown, -1 for none: on a desk the first of the next step, or of the one before.
	beside(by) {
		if (PHONE.matches || this.steps.length === 1) return this.number + by in this.screens ? this.number + by : -1;
		const step = this.steps[this.steps.indexOf(this.step_of(this.number)) + by];
		return step ? this.screens.findIndex((screen) => screen.dataset.step === step) : -1;
	}

	show(number) {
		if (number < 0) return;
		this.number = number;
		this.screens.forEach((screen, other) => {
			screen.classList.toggle("shown", other === number);
			screen.classList.toggle("of-step", this.step_of(other) === this.step_of(number));
		});
		this.form.querySelectorAll("fieldset").forEach((set) => {
			if (set.querySelector("[data-step]")) set.classList.toggle("of-step", Boolean(set.querySelector(".of-step")));
		});
		this.say_where();
		this.fit_buttons();
	}

	say_where() {
		const say = (text, number, count) => text.replace("{0}", number).replace("{1}", count);
		const same = this.screens.filter((_screen, other) => this.step_of(other) === this.step_of(this.number));
		const within = same.indexOf(this.screens[this.number]) + 1;
		this.where.textContent = same.length > 1 ? say(this.form.dataset.screens, within, same.length) : "";
		const bar = document.querySelector("nav.steps");
		if (this.steps.length === 1 || !bar) return;
		const links = [...bar.querySelectorAll("li a")];
		const at = links.findIndex((link) => link.hash === `#step-${this.step_of(this.number)}`);
		links.forEach((link, other) => (other === at ? link.setAttribute("aria-current", "step") : link.removeAttribute("aria-current")));
		bar.querySelector(".where").textContent = say(this.form.dataset.steps, at + 1, links.length);
		bar.querySelector("progress").value = at + 1;
	}

	fit_buttons() {
		const [first, last] = [this.beside(-1) < 0, this.beside(1) < 0].map((end) => end || !this.divides());
		const shown = { "[data-screen-back]": !first, "[data-step-back]": first, "[data-screen-next]": !last, "[data-step-next]": last };
		for (const [selector, is_shown] of Object.entries(shown)) {
			this.form.querySelectorAll(selector).forEach((button) => (button.hidden = !is_shown));
		}
	}

	// The screen of #screen-3, the first one of #step-contact, or the one with the element that the address names.
	number_in_address(otherwise) {
		const named = decodeURIComponent(location.hash.slice(1));
		const numbered = named.match(/^screen-(\d+)$/);
		if (numbered) return Math.min(Number(numbered[1]), this.screens.length) - 1;
		const step = this.screens.findIndex((screen) => named && named === `step-${screen.dataset.step}`);
		if (step >= 0) return step;
		const element = named && document.getElementById(named);
		const found = element ? this.screen_with(element) : -1;
		return found < 0 ? (named ? otherwise : 0) : found;
	}

	// The screen begins at the top. Its question has the focus where it is the only one, or the one that the address names, so that one
	// can go on typing; else a screen reader reads the screen from its beginning.
	begin_at_top() {
		const screen = this.screens[this.number];
		const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
		const questions = [...screen.querySelectorAll("input, select, textarea")].filter((input) => input.type !== "hidden");
		const question = questions.includes(named) ? named : questions.length === 1 && questions[0];
		(question || screen).focus({ preventScroll: true });
		const bar = document.querySelector("nav.steps");
		if (bar) bar.querySelector("details").removeAttribute("open");
		(bar || screen).scrollIntoView();
	}
}
