import { ask } from "../desk/ask.js";
import { h } from "../desk/html.js";
import { Outbox } from "../desk/outbox.js";
import { Board } from "./board.js";
import { Controls } from "./controls.js";
import { handle_decision_answer } from "./deciding.js";
import { Drafts } from "./drafts.js";

const EVERY = 5000; // ms between two polls
const LONG = 300000; // timeout in ms of a step of the meeting
const TABLES = { agenda: "items", attendance: "attendance", guests: "guests" };

// A committee meeting run from one page. Input goes through the outbox; the page polls for changes of others. The rules are on the
// server: committee/session.py, committee/deliberation.py.
export class Session {
	constructor(page, meeting) {
		this.page = page;
		this.meeting = meeting;
		this.place = `kyodo:${frappe.session.user}:session:${meeting}`;
		this.data = null;
		this.token = "";
		this.asked = this.answered_turn = 0;
		this.acknowledged = 0; // number of changes the server has answered
		this.ticked = new Set();
		this.only_undecided = false;
		this.drafts = new Drafts(this.place, () => (this.outbox.kept = false));
		this.board = new Board(this);
		this.outbox = new Outbox({
			place: this.place,
			send: (changes) => this.send(changes),
			stored: (entry) => this.take(entry),
			answered: (order, answer, error) => this.answered(order, error),
			changed: () => this.board.schedule_redraw(),
		});
		this.controls = new Controls(this);
	}

	start() {
		this.root = this.board.open();
		this.controls.bind(this.root);
		this.resume();
	}

	resume() {
		this.running = true;
		this.controls.listen();
		if (this.data) this.board.show_head();
		this.outbox.flush();
		this.poll();
	}

	pause() {
		this.running = false;
		clearTimeout(this.timer);
		this.controls.ignore();
		this.outbox.flush();
	}

	stop() {
		this.pause();
		this.outbox.stop();
	}

	// -- requests

	async poll() {
		clearTimeout(this.timer);
		await this.refresh();
		clearTimeout(this.timer);
		if (this.running) this.timer = setTimeout(() => this.poll(), EVERY);
	}

	// `always`: even while the page is hidden.
	async refresh(always = false) {
		if (document.hidden && this.data && !always) return;
		const before = this.acknowledged;
		const turn = (this.asked += 1);
		let found;
		try {
			found = await ask("kyodo_frappe.committee.session.state", { meeting: this.meeting, known: this.token }, { get: true });
			this.lost = null;
		} catch (error) {
			this.lost = error;
			this.board.show_saved();
			if (!this.data) this.board.show_error(error.sentence);
			return;
		}
		if (!found.meeting) return this.board.show_saved();
		// read before a change of ours was saved: reading again returns both
		if (before !== this.acknowledged) return this.refresh(always);
		if (turn < this.answered_turn) return; // a later request was answered earlier
		this.answered_turn = turn;
		this.token = found.token;
		this.show(found);
	}

	show(data) {
		const first = !this.data;
		this.data = data;
		if (first) {
			const last = sessionStorage.getItem(`${this.place}:item`);
			this.chosen = (this.item(last) || data.items.find((item) => this.is_undecided(item)) || data.items[0] || {}).name;
		}
		this.board.show();
	}

	async send(changes) {
		const answer = await ask("kyodo_frappe.committee.session.note", { meeting: this.meeting, changes });
		this.acknowledged += 1;
		if (this.data) {
			// nobody else has changed anything since: the known state is still complete
			if (answer.before === this.token) this.token = answer.token;
			this.data.room = answer.room;
			for (const item of this.data.items) Object.assign(item, answer.items[item.name] || {});
		}
		return answer;
	}

	// Applies a value that the server has saved.
	take({ table, row, field, value }) {
		if (!this.data) return;
		const found = this.record(table, row);
		if (found) found[field] = value;
		this.board.show_parts();
	}

	answered(order, error) {
		this.acknowledged += 1;
		const [kind, item] = order.key.split("/");
		if (kind === "decision") return handle_decision_answer(this, item, order, error);
		if (error) frappe.msgprint({ message: h(error.sentence), indicator: "red" });
		this.token = "";
		this.refresh(true);
	}

	// Calls the server: returns its answer (null for none), or undefined if it is refused.
	async post(method, args) {
		try {
			const answer = await ask(method, args, { patience: LONG });
			return answer === undefined ? null : answer;
		} catch (error) {
			frappe.msgprint({ message: h(error.sentence), indicator: "red", title: __("Not Done") });
			return undefined;
		} finally {
			this.acknowledged += 1;
			this.token = "";
			await this.refresh(true);
		}
	}

	// Reads from the server; returns undefined if it is refused.
	async get(method, args) {
		try {
			return await ask(method, args, { get: true });
		} catch (error) {
			frappe.msgprint({ message: h(error.sentence), indicator: "red" });
			return undefined;
		}
	}

	// Adds a row to a table once, even if the request is repeated.
	add_row(table, values) {
		const key = frappe.utils.get_random(16);
		this.outbox.order(`row/${key}`, "kyodo_frappe.committee.session.add_row", { meeting: this.meeting, table, key, values });
	}

	set(table, row, field, value) {
		this.outbox.typed(table, row, field, value, this.stored(table, row, field));
	}

	// -- state of the page

	// The value of a field: typed here and not yet saved, else saved.
	text(table, row, field) {
		const entry = this.outbox.waiting(table, table ? row.name : "", field);
		return entry ? entry.value : row[field] || "";
	}

	item(name) {
		return this.data.items.find((item) => item.name === name);
	}

	record(table, row) {
		return table ? (this.data[TABLES[table]] || []).find((one) => one.name === row) : this.data.meeting;
	}

	stored(table, row, field) {
		const found = this.record(table, row);
		return (found && found[field]) || "";
	}

	get current() {
		return this.item(this.chosen) || this.data.items[0];
	}

	get open() {
		return this.data.meeting.workflow_state === "In Session";
	}

	get listed() {
		return this.data.items.filter((item) => !this.only_undecided || this.is_undecided(item) || item.name === this.chosen);
	}

	decidable(item) {
		return item.results.length > 0 && item.proposal.workflow_state !== "Withdrawn";
	}

	// Whether the meeting has not decided on an item yet.
	is_undecided(item) {
		return this.decidable(item) && !item.decision && !Number(this.text("agenda", item, "postponed"));
	}

	present(row) {
		return Number(this.text("attendance", row, "present")) === 1;
	}
}
