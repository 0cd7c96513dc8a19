// Queue of changes of a page, kept on this device until the server has stored them, so that neither a broken connection nor a
// reload loses input. Sending a change twice has no effect (committee/session.py).
import { ask, LOGGED_OUT } from "./ask.js";

const PAUSES = [1000, 3000, 5000, 10000]; // ms between attempts while the server does not respond
const PASSING = [LOGGED_OUT, "QueryDeadlockError", "QueryTimeoutError"]; // temporary errors, after which a new attempt may succeed
const REFUSED = [403, 404, 409, 417]; // statuses of final refusals

// The queue. place: prefix in localStorage; send(changes): promise of {done, conflicts, problems}. Callbacks: stored(entry), after
// a value was stored; answered(order, answer, error), after a whole request; changed(), whenever the queue changes.
export class Outbox {
	constructor({ place, send, stored, answered, changed }) {
		Object.assign(this, { place, send, stored, answered, changed });
		this.entries = new Map();
		this.orders = new Map();
		this.failures = 0;
		this.trouble = null; // why the last attempt failed
		this.saved_at = null;
		this.kept = true; // whether this browser can store the queue
		this._read();
		this._online = () => this.flush();
		window.addEventListener("online", this._online);
	}

	stop() {
		clearTimeout(this.timer);
		window.removeEventListener("online", this._online);
	}

	// -- single values

	// Queues a text typed into a field that showed `shown` when the user began.
	typed(table, row, field, value, shown) {
		const key = [table, row, field].join("/");
		const entry = this.entries.get(key) || { key, table, row, field, was: shown };
		entry.value = value;
		delete entry.problem;
		if (value === entry.was && entry.sending === undefined && !entry.theirs) this._forget(entry);
		else this._keep(entry);
		this.changed();
	}

	waiting(table, row, field) {
		return this.entries.get([table, row, field].join("/"));
	}

	// Resolves a conflict: the user's own text, or the stored one.
	settle(key, mine) {
		const entry = this.entries.get(key);
		if (!entry || !entry.theirs) return;
		if (mine) {
			entry.was = entry.theirs.theirs;
			delete entry.theirs;
			this._keep(entry);
			this.flush();
		} else {
			this._forget(entry);
			this.stored({ ...entry, value: entry.theirs.theirs });
		}
		this.changed();
	}

	drop(key) {
		const entry = this.entries.get(key);
		if (entry) this._forget(entry);
		this.changed();
	}

	// -- whole requests, of which one per key may wait

	order(key, method, args) {
		if (this.orders.has(key)) return this.flush();
		this.orders.set(key, { key, method, args });
		this._write(`order:${key}`, this.orders.get(key));
		this.changed();
		return this.flush();
	}

	get unsent() {
		return this.entries.size + this.orders.size;
	}

	get stuck() {
		return [...this.entries.values()].filter((entry) => entry.theirs || entry.problem);
	}

	// -- sending

	flush() {
		clearTimeout(this.timer);
		this.busy = this.busy ? this.busy.then(() => this._flush()) : this._flush();
		const mine = this.busy;
		mine.finally(() => {
			if (this.busy === mine) this.busy = null;
		});
		return mine;
	}

	async _flush() {
		try {
			const failed = [];
			for (const order of [...this.orders.values()]) {
				await this._send_order(order).catch((error) => failed.push(error));
			}
			await this._send_values();
			if (failed.length) throw failed[0];
			this.failures = 0;
			this.trouble = null;
		} catch (error) {
			this.trouble = error;
			this.timer = setTimeout(() => this.flush(), PAUSES[Math.min(this.failures, PAUSES.length - 1)]);
			this.failures += 1;
		}
		this.changed();
	}

	async _send_order(order) {
		let answer;
		try {
			answer = await ask(order.method, order.args);
		} catch (error) {
			if (!REFUSED.includes(error.status) || PASSING.includes(error.kind)) throw error;
			this._end(order);
			this.answered(order, null, error);
			return;
		}
		this.saved_at = new Date();
		this._end(order);
		this.answered(order, answer, null);
	}

	_end(order) {
		this.orders.delete(order.key);
		this._erase(`order:${order.key}`);
	}

	async _send_values() {
		const going = [...this.entries.values()].filter((entry) => !entry.theirs && !entry.problem);
		if (!going.length) return;
		for (const entry of going) {
			// until the result is known, the same text is sent again, whatever is typed meanwhile
			if (entry.sending === undefined) entry.sending = entry.value;
			this._keep(entry);
		}
		this.changed();
		const answer = await this.send(
			going.map(({ key, table, row, field, sending, was }) => ({ key, table, row, field, value: sending, was }))
		);
		this.saved_at = new Date();
		let more = false;
		for (const entry of going) {
			if (this.entries.get(entry.key) !== entry) continue;
			const typed_on = entry.value !== entry.sending;
			const sent = entry.sending;
			delete entry.sending;
			if (answer.done.includes(entry.key)) {
				entry.was = sent;
				this.stored({ ...entry, value: sent });
			} else if (answer.conflicts[entry.key]) entry.theirs = answer.conflicts[entry.key];
			else if (answer.problems[entry.key] && !typed_on) entry.problem = answer.problems[entry.key];
			if (entry.value === entry.was && !entry.theirs && !entry.problem) this._forget(entry);
			else this._keep(entry);
			more = more || (typed_on && !entry.theirs);
		}
		if (more) await this._send_values();
	}

	// -- storage on this device

	_keep(entry) {
		this.entries.set(entry.key, entry);
		this._write(`value:${entry.key}`, entry);
	}

	_forget(entry) {
		this.entries.delete(entry.key);
		this._erase(`value:${entry.key}`);
	}

	_write(name, entry) {
		try {
			localStorage.setItem(`${this.place}:${name}`, JSON.stringify(entry));
			this.kept = true;
		} catch (full) {
			this.kept = false;
		}
	}

	_erase(name) {
		try {
			localStorage.removeItem(`${this.place}:${name}`);
		} catch (not_allowed) {
			// nothing was stored either
		}
	}

	_read() {
		try {
			for (const name of Object.keys(localStorage).filter((key) => key.startsWith(`${this.place}:`))) {
				const kind = name.slice(this.place.length + 1).split(":")[0];
				const into = { value: this.entries, order: this.orders }[kind];
				const entry = into && JSON.parse(localStorage.getItem(name));
				if (into) into.set(entry.key, entry);
			}
		} catch (not_allowed) {
			this.kept = false;
		}
	}
}
