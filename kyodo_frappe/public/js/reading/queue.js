// The records that wait like the one that is read, in their order, and what has become of each.
export class ReadingQueue {
	constructor(rows) {
		this.rows = rows;
		this.done = new Map(); // {name: label of the act}
	}

	has(name) {
		return this.at(name) >= 0;
	}

	at(name) {
		return this.rows.findIndex((row) => row.name === name);
	}

	// Returns the neighbour of a record that still waits; step: 1 or -1.
	next(name, step = 1) {
		for (let at = this.at(name) + step; at >= 0 && at < this.rows.length; at += step) {
			if (!this.done.has(this.rows[at].name)) return this.rows[at];
		}
		return null;
	}

	// Returns the next record that waits, from the beginning again after the last.
	following(name) {
		return this.next(name) || this.rows.find((row) => row.name !== name && !this.done.has(row.name)) || null;
	}

	get waiting() {
		return this.rows.filter((row) => !this.done.has(row.name));
	}

	// Returns how often each act was taken: [[label, number]].
	get counts() {
		const counts = {};
		for (const label of this.done.values()) counts[label] = (counts[label] || 0) + 1;
		return Object.entries(counts);
	}
}
