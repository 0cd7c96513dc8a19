import { h } from "../desk/html.js";
import { show_groups, show_others } from "./groups.js";
import { show_ribbon } from "./ribbon.js";
import { SearchBox } from "./search.js";
import { show_week } from "./week.js";

const DATA = "kyodo_frappe.front.today.today";

// The page of the day: what waits, this week, what others are waited for, and the year.
export class TodayPage {
	constructor(page) {
		this.page = page;
		page.main.html('<div class="kyodo-today"></div>');
		this.root = page.main[0].querySelector(".kyodo-today");
		this.root.innerHTML = FRAME();
		this.search = new SearchBox(this.part("search"));
		page.set_secondary_action(__("Read Again"), () => this.load(), "refresh");
		page.add_inner_button(__("All lists"), () => frappe.set_route("kyodo"));
	}

	part(name) {
		return this.root.querySelector(`[data-part="${name}"]`);
	}

	// Shows the page as it is now; `frappe.route_options.search` is what somebody has asked for in the bar of the desk.
	show() {
		const { search } = frappe.route_options || {};
		frappe.route_options = null;
		if (search) this.search.ask(search);
		return this.load();
	}

	// Puts what others are waited for in the wide column where nothing else is in it: a manager mostly watches.
	place_others({ groups, others }) {
		const wide = !groups.length && others.length;
		this.root.querySelector(wide ? ".today__main" : ".today__aside").append(this.part("others"));
	}

	async load() {
		const { message } = await frappe.call({ method: DATA, type: "GET" });
		if (!message) return;
		this.part("day").innerHTML = `<h2>${h(message.day)}</h2><p>${__("{0}, good to see you.", [h(message.name)])}</p>`;
		const reload = () => this.load();
		show_groups(this.part("groups"), message, reload);
		show_week(this.part("week"), message.week);
		show_others(this.part("others"), message.others, reload);
		this.place_others(message);
		show_ribbon(this.part("ribbon"), message);
	}
}

const FRAME = () => `
	<header class="today__header"><div data-part="day"></div><div data-part="search" class="today__search"></div></header>
	<div class="today__columns">
		<div class="today__main"><section data-part="groups" aria-label="${__("What waits for me")}"><p class="text-muted">${__("Loading")}</p></section></div>
		<div class="today__aside">
			<section data-part="week" aria-label="${__("This week")}"></section>
			<section data-part="others" aria-label="${__("What I wait for from others")}"></section>
		</div>
	</div>
	<section data-part="ribbon" aria-label="${__("The year")}"></section>`;
