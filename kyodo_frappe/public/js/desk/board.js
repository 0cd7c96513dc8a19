// Boards (kanban) of our records: the columns are the states of the workflow, and a card moves only along its transitions.
import { h } from "./html.js";

const MOST = 200; // cards: a board of thousands is no board; the rest is found with the filters

const titles = () => ({
	"Kyodo Proposals Board": __("Kyodo Proposals Board"),
	"Kyodo Projects Board": __("Kyodo Projects Board"),
});

// The titles of linked records, which came with the cards: without them a card shows nothing.
const remember_titles = ({ doctype, data, link_field_title_fields }) => {
	Object.entries(link_field_title_fields || {}).forEach(([field, title]) => {
		const { options } = frappe.meta.get_docfield(doctype, field);
		data.filter((row) => row[field] && row[`${field}_${title}`]).forEach((row) =>
			frappe.utils.add_link_title(options, row[field], row[`${field}_${title}`])
		);
	});
};

const states_in_words = (frappes_own, list) => {
	const { $result, data, page, board_name } = list;
	remember_titles(list);
	frappes_own();
	$result.addClass("kyodo-board");
	page.set_title(titles()[board_name] || board_name);
	$result.find(".kyodo-board-note").remove();
	const told = [__("Drag a card to take the action that leads to that state. What a state needs first is asked in the form.")];
	if (data.length >= MOST) told.push(__("The {0} records changed last are shown. Use the filter to see others.", [MOST]));
	$result.prepend(`<p class="kyodo-board-note text-muted small">${h(told.join(" "))}</p>`);
};

// Limits the cards of our boards, and takes away what Frappe offers for columns that a user makes.
export const keep_cards_in_place = () => {
	const prototype = frappe.views.KanbanView.prototype;
	const { setup_defaults, set_fields, render } = prototype;
	Object.assign(prototype, {
		async setup_defaults(...args) {
			await setup_defaults.apply(this, args);
			if (this.doctype.startsWith("Kyodo ")) this.page_length = MOST;
		},
		// Frappe asks for the cards before it knows which of their links have titles
		async set_fields(...args) {
			if (this.doctype.startsWith("Kyodo ")) await frappe.views.ListView.prototype.set_fields.apply(this, args);
			return set_fields.apply(this, args);
		},
		render(...args) {
			const frappes_own = () => render.apply(this, args);
			if (this.doctype.startsWith("Kyodo ")) states_in_words(frappes_own, this);
			else frappes_own();
		},
	});
};
