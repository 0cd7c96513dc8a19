// A committee meeting run from one page. What is typed goes through the outbox (public/js/outbox.js); the page asks
// every few seconds what others have changed. The server decides: committee/session.py, committee/deliberation.py.
frappe.pages["kyodo-session"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Meeting Session"), single_column: true });
	$(wrapper).addClass("kyodo-session-page");
	wrapper.ready = frappe.require(["/assets/kyodo_frappe/js/outbox.js", "/assets/kyodo_frappe/js/session_parts.js"]);
	wrapper.show_meeting = (meeting) => {
		if (wrapper.session && wrapper.session.meeting === meeting) return wrapper.session.resume();
		if (wrapper.session) wrapper.session.stop();
		wrapper.session = meeting ? new Session(page, meeting) : null;
		return meeting ? wrapper.session.start() : choose_meeting(page);
	};
};

frappe.pages["kyodo-session"].on_page_show = (wrapper) => {
	const meeting = frappe.get_route()[1] || "";
	Promise.resolve(wrapper.ready).then(() => wrapper.show_meeting(meeting));
};

frappe.pages["kyodo-session"].on_page_hide = (wrapper) => wrapper.session && wrapper.session.pause();

const EVERY = 5000; // ms between two looks at what others have changed
const REST = 1000; // ms without a keystroke until a text is sent
const STATES = { Convened: "blue", "In Session": "green", Closed: "orange" };
const TABLES = { agenda: "items", attendance: "attendance", guests: "guests" };

const now = () => frappe.datetime.now_datetime().slice(11, 16);
const h = (text) => kyodo.session_parts.h(text);
const names = (list) => list.join(__(", "));

function choose_meeting(page) {
	page.main.html(`<div class="ks-empty">${__("Choose a meeting")}<ul></ul></div>`);
	frappe.db
		.get_list("Kyodo Meeting", {
			filters: { workflow_state: ["in", kyodo.states("Kyodo Meeting", "Waiting", "Examined")] },
			fields: ["name", "meeting_title", "meeting_type"],
			order_by: "meeting_date desc",
			limit: 20,
		})
		.then((rows) => {
			const list = page.main.find("ul");
			for (const row of rows) {
				const title = `${h(row.meeting_title || row.name)}（${h(kyodo.word("Kyodo Meeting Type", row.meeting_type))}）`;
				const link = $(`<li><a href="#">${title}</a></li>`).appendTo(list);
				link.on("click", (event) => {
					event.preventDefault();
					frappe.set_route("kyodo-session", row.name);
				});
			}
			if (!rows.length) list.replaceWith(`<p>${__("No meeting is convened at present.")}</p>`);
		});
}

class Session {
	constructor(page, meeting) {
		this.page = page;
		this.meeting = meeting;
		this.place = `kyodo:${frappe.session.user}:session:${meeting}`;
		this.data = null;
		this.token = "";
		this.asked = this.answered_turn = 0;
		this.acknowledged = 0; // grows with everything the server has taken
		this.ticked = new Set();
		this.drafts = new Map();
		this.shown = {}; // what each part of the page was drawn from
		this.only_undecided = false;
		this.outbox = new kyodo.Outbox({
			place: this.place,
			send: (changes) => this.send(changes),
			stored: (entry) => this.take(entry),
			answered: (order, answer, error) => this.answered(order, answer, error),
			changed: () => this.show_waiting(),
		});
		this.keys = (event) => this.on_key(event);
		this.leaving = () => this.outbox.flush();
	}

	async start() {
		this.page.main.html(kyodo.session_parts.skeleton());
		this.root = this.page.main.find(".ks");
		this.bind();
		this.resume();
	}

	resume() {
		this.running = true;
		document.addEventListener("keydown", this.keys, true);
		window.addEventListener("pagehide", this.leaving);
		if (this.data) this.show_head();
		this.outbox.flush();
		this.poll();
	}

	pause() {
		this.running = false;
		clearTimeout(this.timer);
		document.removeEventListener("keydown", this.keys, true);
		window.removeEventListener("pagehide", this.leaving);
		this.outbox.flush();
	}

	stop() {
		this.pause();
		this.outbox.stop();
	}

	// -- server

	async poll() {
		clearTimeout(this.timer);
		await this.refresh();
		clearTimeout(this.timer);
		if (this.running) this.timer = setTimeout(() => this.poll(), EVERY);
	}

	// `always`: even while nobody looks at the page.
	async refresh(always = false) {
		if (document.hidden && this.data && !always) return;
		const before = this.acknowledged;
		const turn = (this.asked += 1);
		let found;
		try {
			const asked = { meeting: this.meeting, known: this.token };
			found = await kyodo.ask("kyodo_frappe.committee.session.state", asked, { get: true });
			this.lost = null;
		} catch (error) {
			this.lost = error;
			this.show_saved();
			if (!this.data) this.root.find(".ks-item").html(`<p class="ks-sentence">${h(error.sentence)}</p>`);
			return;
		}
		if (!found.meeting) return this.show_saved();
		// read before something of ours was stored: the next look brings both
		if (before !== this.acknowledged) return this.refresh(always);
		if (turn < this.answered_turn) return; // a later look has come back earlier
		this.answered_turn = turn;
		this.token = found.token;
		this.show(found);
	}

	async send(changes) {
		const answer = await kyodo.ask("kyodo_frappe.committee.session.note", { meeting: this.meeting, changes });
		this.acknowledged += 1;
		if (this.data) {
			// nobody else has changed anything since: what we know is still all there is
			if (answer.before === this.token) this.token = answer.token;
			this.data.room = answer.room;
			for (const item of this.data.items) Object.assign(item, answer.items[item.name] || {});
		}
		return answer;
	}

	// A value that the server has now.
	take({ table, row, field, value }) {
		if (!this.data) return;
		const found = table ? (this.data[TABLES[table]] || []).find((one) => one.name === row) : this.data.meeting;
		if (found) found[field] = value;
		this.show_parts();
	}

	answered(order, answer, error) {
		this.acknowledged += 1;
		const [kind, item] = order.key.split("/");
		if (kind === "decision") return this.decision_answered(item, order, error);
		if (error) frappe.msgprint({ message: h(error.sentence), indicator: "red" });
		this.token = "";
		this.refresh(true);
	}

	async do(method, args) {
		try {
			const answer = await kyodo.ask(method, args, { patience: 300000 });
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

	// -- what the page knows

	// What a place holds: typed here and not yet stored, or stored.
	text(table, row, field) {
		const entry = this.outbox.waiting(table, table ? row.name : "", field);
		return entry ? entry.value : row[field] || "";
	}

	item(name) {
		return this.data.items.find((item) => item.name === name);
	}

	stored(table, row, field) {
		const found = table ? this.data[TABLES[table]].find((one) => one.name === row) : this.data.meeting;
		return (found && found[field]) || "";
	}

	get current() {
		return this.item(this.chosen) || this.data.items[0];
	}

	get open() {
		return this.data.meeting.workflow_state === "In Session";
	}

	get listed() {
		return this.data.items.filter((item) => !this.only_undecided || this.waits(item) || item.name === this.chosen);
	}

	decidable(item) {
		return item.results.length > 0 && item.proposal.workflow_state !== "Withdrawn";
	}

	// Whether the meeting still has to decide on an item.
	waits(item) {
		return this.decidable(item) && !item.decision && !Number(this.text("agenda", item, "postponed"));
	}

	present(row) {
		return Number(this.text("attendance", row, "present")) === 1;
	}

	// -- drafts of decisions, kept on this device until they are recorded

	draft(item) {
		if (!this.drafts.has(item.name)) this.drafts.set(item.name, this.kept_draft(item.name));
		return this.drafts.get(item.name);
	}

	kept_draft(name) {
		try {
			return JSON.parse(localStorage.getItem(`${this.place}:draft:${name}`));
		} catch (unreadable) {
			return null;
		}
	}

	keep_draft(item, draft) {
		this.drafts.set(item.name, draft);
		try {
			localStorage.setItem(`${this.place}:draft:${item.name}`, JSON.stringify(draft));
		} catch (full) {
			this.outbox.kept = false;
		}
	}

	drop_draft(name) {
		this.drafts.set(name, null);
		localStorage.removeItem(`${this.place}:draft:${name}`);
	}

	// What the form of an item shows: the draft, else what is recorded.
	form_of(item) {
		const draft = this.draft(item);
		if (draft) return draft;
		const noted = item.decision || {};
		const reasons = {};
		for (const row of noted.reasons || []) {
			reasons[row.criterion || row.question || ""] = { finding: row.finding || "", reason: row.reason || "" };
		}
		const amount = noted.amount ? String(noted.amount) : "";
		return {
			seen: noted.modified || "",
			result: noted.result || "",
			amount,
			conditions: noted.conditions || "",
			advice: noted.advice || "",
			reasons,
		};
	}

	// The lines for reasons: the programme's criteria, and what else is recorded.
	reason_lines(item) {
		const lines = item.criteria.map((row) => ({ ...row, key: row.code }));
		for (const row of (item.decision && item.decision.reasons) || []) {
			const key = row.criterion || row.question || "";
			if (!lines.some((line) => line.key === key)) lines.push({ ...row, code: row.criterion, key });
		}
		return lines;
	}

	// -- showing

	show(data) {
		const first = !this.data;
		this.data = data;
		if (first) {
			const last = sessionStorage.getItem(`${this.place}:item`);
			this.chosen = (this.item(last) || data.items.find((item) => this.waits(item)) || data.items[0] || {}).name;
		}
		this.show_head();
		this.show_parts();
	}

	show_parts() {
		this.put(".ks-facts", kyodo.session_parts.head(this));
		this.put(".ks-people", kyodo.session_parts.people(this));
		this.put(".ks-tools", kyodo.session_parts.tools(this));
		this.show_rows();
		this.show_item();
		this.show_saved();
	}

	show_rows() {
		this.put(".ks-rows", this.listed.map((item) => kyodo.session_parts.row(this, item)).join(""));
	}

	// Once for all the keystrokes since the screen was drawn last.
	show_waiting() {
		if (!this.data) return this.show_saved();
		cancelAnimationFrame(this.frame);
		this.frame = requestAnimationFrame(() => this.show_parts());
	}

	show_saved() {
		const { trouble, unsent, stuck, kept, saved_at } = this.outbox;
		const troubled = trouble || this.lost;
		let [tone, text] = ["ok", saved_at ? __("Saved {0}", [clock_of(saved_at)]) : __("Everything is saved")];
		if (unsent) [tone, text] = ["busy", __("Not sent yet: {0}", [unsent])];
		if (stuck.length) [tone, text] = ["bad", __("Needs your answer: {0}", [stuck.length])];
		if (troubled) {
			tone = "bad";
			text = troubled.status ? troubled.sentence : __("No connection");
			if (unsent) text += ` ${__("Not sent yet: {0}", [unsent])}`;
			if (unsent && kept) text += __("(kept on this device)");
		}
		if (!kept) [tone, text] = ["bad", `${text} ${__("This browser cannot keep unsent text: do not close the page.")}`];
		const box = this.root.find(".ks-saved");
		if (box.text() !== text) box.text(text);
		box.attr("data-tone", tone);
	}

	show_head() {
		const { meeting } = this.data;
		const key = `${meeting.workflow_state}|${meeting.marking_closed}`;
		this.page.set_title(meeting.meeting_title || this.meeting);
		this.page.set_indicator(__(meeting.workflow_state), STATES[meeting.workflow_state] || "gray");
		if (this.head_for === key) return;
		this.head_for = key;
		this.page.clear_primary_action();
		this.page.clear_inner_toolbar();
		if (meeting.workflow_state === "Convened") {
			this.page.set_primary_action(__("Open Session"), () => this.open_session());
		}
		if (this.open) this.page.set_primary_action(__("Close Session"), () => this.close_session());
		if (meeting.running) {
			if (!meeting.marking_closed && ["Step 1", "Step 2"].includes(kyodo.held_like(meeting.meeting_type))) {
				this.page.add_inner_button(__("Close Marking"), () => this.close_marking());
			}
			this.page.add_inner_button(__("Add a Guest"), () => this.add_guest());
			this.page.add_inner_button(__("Add a Topic"), () => this.add_topic());
		}
		this.page.add_inner_button(__("The Meeting's Form"), () => this.to_form());
	}

	// Draw a part of the page anew if it has changed, and keep the pointer where it is.
	put(selector, html) {
		const part = this.root.find(selector)[0];
		if (this.shown[selector] !== html) {
			const focused = part.contains(document.activeElement) ? document.activeElement : null;
			if (focused && this.composing) return; // a Japanese word is being put together here: not now
			this.shown[selector] = html;
			const kept = focused && is_text(focused) ? keep_pointer(focused) : null;
			const name = focused && focused.dataset.focus;
			const scrolled = part.scrollTop;
			part.innerHTML = html;
			this.fill(part);
			part.scrollTop = scrolled;
			const again = name && part.querySelector(`[data-focus="${CSS.escape(name)}"]`);
			if (again) again.focus({ preventScroll: true });
			if (again && kept) kept(again);
		} else this.fill(part);
	}

	// Put into the inputs what they hold. Where somebody stands in one, what they see stays.
	fill(part) {
		for (const input of part.querySelectorAll("[data-place]")) {
			const [table, row, field] = input.dataset.place.split("/");
			const entry = this.outbox.waiting(table, row, field);
			const stored = this.stored(table, row, field);
			if (input === document.activeElement && is_text(input)) {
				if (!entry && input.value === stored) input.dataset.shown = stored;
				continue;
			}
			put_value(input, entry ? entry.value : stored);
			input.dataset.shown = stored;
		}
		const form = this.current && part.querySelector(".ks-decision") ? this.form_of(this.current) : null;
		for (const input of form ? part.querySelectorAll("[data-part]") : []) {
			if (input === document.activeElement && is_text(input)) continue;
			const { part: name, line } = input.dataset;
			put_value(input, (line === undefined ? form[name] : (form.reasons[line] || {})[name]) || "");
		}
		part.querySelectorAll("textarea").forEach(grow);
	}

	show_item() {
		const item = this.current;
		if (!item) return this.put(".ks-item", `<p class="ks-sentence">${__("There is nothing on the agenda.")}</p>`);
		this.chosen = item.name;
		this.put(".ks-item", kyodo.session_parts.item(this, item));
	}

	choose(name) {
		if (!name || name === this.chosen) return;
		this.outbox.flush();
		this.chosen = name;
		sessionStorage.setItem(`${this.place}:item`, name);
		this.show_parts();
		const row = this.root.find(`.ks-row[data-item="${CSS.escape(name)}"]`)[0];
		if (row) row.scrollIntoView({ block: "nearest" });
		this.root.find(".ks-item").scrollTop(0);
	}

	step(by) {
		const items = this.listed;
		const next = items[items.findIndex((item) => item.name === this.chosen) + by];
		if (next) this.choose(next.name);
	}

	next_undecided() {
		const { items } = this.data;
		const at = items.findIndex((item) => item.name === this.chosen);
		const next = [...items.slice(at + 1), ...items.slice(0, at)].find((item) => this.waits(item));
		if (next) this.choose(next.name);
	}

	// -- what a person does

	bind() {
		const on = (events, selector, act) => this.root.on(events, selector, (event) => act(event.currentTarget, event));
		this.root.on("compositionstart", () => (this.composing = true));
		this.root.on("compositionend", () => (this.composing = false));
		on("input", "[data-place]", (input) => this.type(input));
		on("change", "[data-place]", (input) => this.type(input) || this.outbox.flush());
		on("focusout", "[data-place]", () => this.outbox.flush());
		on("input change", "[data-part]", (input) => this.type_decision(input));
		on("click", "[data-act]", (button, event) => {
			event.preventDefault();
			this[button.dataset.act](button.dataset);
		});
		on("change", "[data-tick]", (box) => {
			if (box.checked) this.ticked.add(box.dataset.tick);
			else this.ticked.delete(box.dataset.tick);
			this.show_parts();
		});
		on("change", ".ks-only", (box) => {
			this.only_undecided = box.checked;
			this.show_parts();
		});
	}

	type(input) {
		const [table, row, field] = input.dataset.place.split("/");
		const value = input.type === "checkbox" ? (input.checked ? "1" : "") : input.value;
		if (input.tagName === "TEXTAREA") grow(input);
		this.outbox.typed(table, row, field, value, input.dataset.shown || "");
		clearTimeout(this.resting);
		this.resting = setTimeout(() => this.outbox.flush(), REST);
	}

	set(table, row, field, value) {
		this.outbox.typed(table, row, field, value, this.stored(table, row, field));
	}

	call_now() {
		this.set("agenda", this.chosen, "called_at", now());
		this.outbox.flush();
	}

	previous() {
		this.step(-1);
	}

	next() {
		this.step(1);
	}

	go({ item }) {
		this.choose(item);
	}

	arrive({ row }) {
		this.set("attendance", row, "present", "1");
		this.set("attendance", row, "arrived_at", now());
		this.set("attendance", row, "left_at", "");
		this.outbox.flush();
	}

	leave({ row }) {
		this.set("attendance", row, "left_at", now());
		this.outbox.flush();
	}

	all_present() {
		for (const row of this.data.attendance) {
			if (["Attending", "Substitute"].includes(row.answer)) this.set("attendance", row.name, "present", "1");
		}
		this.outbox.flush();
	}

	keep_mine({ key }) {
		this.outbox.settle(key, true);
		this.forget_shown(key);
	}

	take_theirs({ key }) {
		this.outbox.settle(key, false);
		this.forget_shown(key);
	}

	drop_change({ key }) {
		this.outbox.drop(key);
		this.forget_shown(key);
	}

	// Draw a place anew from what is stored, even where the pointer stands in it.
	forget_shown(key) {
		if (document.activeElement && document.activeElement.dataset.place === key) document.activeElement.blur();
		this.show_parts();
	}

	on_key(event) {
		if (!this.data || $(".modal.show").length || event.isComposing) return;
		const ctrl = event.ctrlKey || event.metaKey;
		const acts = {
			s: ctrl && (() => this.outbox.flush()),
			Enter: ctrl && (() => (event.target.closest(".ks-decision") ? this.record({ on: "1" }) : this.next_undecided())),
			ArrowDown: event.altKey && (() => this.next()),
			ArrowUp: event.altKey && (() => this.previous()),
		};
		const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
		if (!act) return;
		event.preventDefault();
		event.stopPropagation();
		act();
	}

	// -- deciding

	type_decision(input) {
		// not the item on the screen: an input that is just being taken away tells its change, too
		const item = this.item(input.dataset.of);
		const draft = this.form_of(item);
		const { part, line } = input.dataset;
		if (line !== undefined) {
			draft.reasons[line] = { finding: "", reason: "", ...draft.reasons[line], [part]: input.value };
		} else draft[part] = input.value;
		if (part === "result" && input.value.startsWith("Adopted") && !draft.amount) {
			draft.amount = String(Math.round(item.proposal.requested_amount || 0) || "");
		}
		delete draft.refused;
		this.keep_draft(item, draft);
		if (input.tagName === "TEXTAREA") grow(input);
		// the form shows what was typed already; only what follows from it is drawn
		if (!is_text(input)) this.show_parts();
		else this.show_rows();
	}

	record({ on }) {
		const item = this.current;
		if (!this.open || !this.decidable(item) || item.withheld) return;
		const draft = this.form_of(item);
		const lines = this.reason_lines(item);
		const given = lines.map((line) => ({ line, ...draft.reasons[line.key] }));
		const bare = given.filter((row) => row.finding && !(row.reason || "").trim());
		if (!draft.result || bare.length) {
			draft.refused = draft.result
				? __("Please write a few words beside the mark: {0}.", [names(bare.map((row) => row.line.question))])
				: __("Please choose a result.");
			this.keep_draft(item, draft);
			return this.show_parts();
		}
		this.keep_draft(item, draft);
		const method = "kyodo_frappe.committee.deliberation.record_decision";
		this.outbox.order(`decision/${item.name}`, method, { ...this.decision_of(item, draft), seen: draft.seen });
		if (on) this.next_undecided();
	}

	// What a form says, as the server takes it.
	decision_of(item, draft) {
		const reasons = this.reason_lines(item)
			.map((line) => ({ line, finding: "", reason: "", ...draft.reasons[line.key] }))
			.filter((row) => row.reason.trim())
			.map(({ line, finding, reason }) => ({
				criterion: line.code,
				question: line.question,
				field: line.field,
				finding,
				reason,
			}));
		return {
			meeting: this.meeting,
			agenda_item: item.name,
			result: draft.result,
			amount: whole_number(draft.amount),
			conditions: draft.conditions || null,
			advice: draft.advice || null,
			reasons,
		};
	}

	async decision_answered(name, order, error) {
		if (error && error.kind !== "TimestampMismatchError") {
			const draft = this.kept_draft(name);
			if (draft) this.keep_draft({ name }, { ...draft, refused: error.sentence });
			if (this.data) this.show_parts();
			return;
		}
		this.token = "";
		await this.refresh(true);
		const item = this.data && this.item(name);
		// after an answer that was lost on its way, the server takes the second attempt for a colleague's
		if (!item || !item.decision || (error && !same_decision(item.decision, order.args))) return;
		const draft = this.draft(item);
		if (draft && !same_decision(this.decision_of(item, draft), order.args)) {
			this.keep_draft(item, { ...draft, seen: item.decision.modified }); // written on meanwhile
		} else this.drop_draft(name);
		this.show_parts();
		frappe.show_alert({ message: __("The decision is noted."), indicator: "green" }, 3);
	}

	over_theirs() {
		const item = this.current;
		this.keep_draft(item, { ...this.draft(item), seen: (item.decision || {}).modified || "", refused: "" });
		this.show_parts();
	}

	leave_theirs() {
		this.drop_draft(this.chosen);
		this.show_parts();
	}

	drop_decision() {
		const item = this.current;
		frappe.confirm(__("Take back the decision noted on “{0}”?", [h(item.subject)]), async () => {
			this.drop_draft(item.name);
			await this.do("kyodo_frappe.committee.deliberation.drop_decision", {
				meeting: this.meeting,
				agenda_item: item.name,
			});
		});
	}

	async record_all() {
		const box = this.root.find(".ks-bulk");
		const result = box.find("select").val();
		const items = this.data.items.filter((item) => this.ticked.has(item.name)).map((item) => item.name);
		if (!result || !items.length) return;
		const done = await this.do("kyodo_frappe.committee.deliberation.record_decisions", {
			meeting: this.meeting,
			agenda_items: items,
			result,
			advice: box.find("input").val() || null,
		});
		if (done === undefined) return;
		items.forEach((name) => this.drop_draft(name));
		this.ticked.clear();
		this.show_parts();
		frappe.show_alert({ message: __("Noted for {0} items.", [items.length]), indicator: "green" });
	}

	tick_all() {
		const items = this.listed.filter((item) => this.waits(item));
		const all = items.every((item) => this.ticked.has(item.name));
		items.forEach((item) => (all ? this.ticked.delete(item.name) : this.ticked.add(item.name)));
		this.show_parts();
	}

	rule({ user, ruling }) {
		const item = this.current;
		const person = item.aside.find((row) => row.user === user);
		const overruled = ruling === "Overruled";
		const dialog = new frappe.ui.Dialog({
			title: overruled ? __("Overrule the Interest") : __("Confirm the Interest"),
			fields: [
				{ fieldtype: "HTML", options: `<p>${h(person.member_name)}：${h(person.reason)}</p>` },
				{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason of the Ruling"), reqd: overruled ? 1 : 0 },
			],
			primary_action_label: overruled ? __("Overrule") : __("Confirm the Interest"),
			primary_action: async ({ reason }) => {
				const args = { meeting: this.meeting, agenda_item: item.name, user, ruling, reason: reason || "" };
				if ((await this.do("kyodo_frappe.committee.interests.rule", args)) !== undefined) dialog.hide();
			},
		});
		dialog.show();
	}

	async compare({ call }) {
		const found = await this.do_get("kyodo_frappe.committee.selection.comparison", { meeting: this.meeting, call });
		if (found) show_comparison(this, call, found);
	}

	async do_get(method, args) {
		try {
			return await kyodo.ask(method, args, { get: true });
		} catch (error) {
			frappe.msgprint({ message: h(error.sentence), indicator: "red" });
			return undefined;
		}
	}

	// -- guests and topics

	add_guest() {
		const item = this.current;
		const dialog = new frappe.ui.Dialog({
			title: __("Add a Guest"),
			fields: [
				{ fieldname: "guest_name", fieldtype: "Data", label: __("Name"), reqd: 1 },
				{ fieldname: "organisation", fieldtype: "Link", options: "Kyodo Organisation", label: __("Organisation") },
				{
					fieldname: "agenda_no",
					fieldtype: "Int",
					label: __("Agenda No."),
					default: item ? item.idx : undefined,
					description: __("Empty: for the whole meeting"),
				},
			],
			primary_action_label: __("Add"),
			primary_action: (values) => this.add(dialog, "guests", values),
		});
		dialog.show();
	}

	add_topic() {
		const dialog = new frappe.ui.Dialog({
			title: __("Add a Topic"),
			fields: [{ fieldname: "subject", fieldtype: "Data", label: __("Subject"), reqd: 1 }],
			primary_action_label: __("Add"),
			primary_action: (values) => this.add(dialog, "agenda", values),
		});
		dialog.show();
	}

	add(dialog, table, values) {
		const key = frappe.utils.get_random(16);
		dialog.hide();
		const given = { meeting: this.meeting, table, key, values };
		this.outbox.order(`row/${key}`, "kyodo_frappe.committee.session.add_row", given);
	}

	// -- steps of the meeting

	async act(action) {
		const doc = JSON.stringify({ doctype: "Kyodo Meeting", name: this.meeting });
		frappe.dom.freeze(__("Please wait…"));
		try {
			return await this.do("frappe.model.workflow.apply_workflow", { doc, action });
		} finally {
			frappe.dom.unfreeze();
		}
	}

	// The desk keeps a record as it was opened; after a session that is long out of date.
	to_form() {
		const opened = frappe.get_doc("Kyodo Meeting", this.meeting);
		if (opened && !opened.__unsaved) frappe.model.clear_doc("Kyodo Meeting", this.meeting);
		frappe.set_route("Form", "Kyodo Meeting", this.meeting);
	}

	open_session() {
		frappe.confirm(__("Open the session now?"), async () => {
			await this.outbox.flush();
			if ((await this.act("Open Session")) && !this.text("", this.data.meeting, "begins_at")) {
				this.outbox.typed("", "", "begins_at", now(), "");
				this.outbox.flush();
			}
		});
	}

	close_marking() {
		frappe.confirm(__("Marks that are in are shown to the members; missing ones stay empty. Close marking now?"), () =>
			this.do("kyodo_frappe.committee.reviews.close_marking", { meeting: this.meeting })
		);
	}

	async close_session() {
		await this.outbox.flush();
		const points = await this.do_get("kyodo_frappe.committee.session.open_points", { meeting: this.meeting });
		if (!points) return;
		const drafts = this.data.items.filter((item) => this.draft(item));
		const unsent = this.outbox.unsent;
		const lines = [
			...(unsent ? [__("Not sent yet: {0}", [unsent])] : []),
			...(drafts.length ? [__("Written but not recorded: {0}.", [names(drafts.map((item) => item.subject))])] : []),
			...points,
		];
		const count = this.data.items.filter((item) => item.decision).length;
		const dialog = new frappe.ui.Dialog({
			title: __("Close Session"),
			size: "large",
			fields: [{ fieldtype: "HTML", options: kyodo.session_parts.closing(lines, count) }],
			primary_action_label: lines.length ? __("Back to the Items") : __("Close Session"),
			primary_action: async () => {
				dialog.hide();
				if (lines.length) return this.next_undecided();
				if (await this.act("Close Session")) this.to_form();
			},
		});
		dialog.show();
	}
}

// -- small things

function is_text(input) {
	return input.tagName === "TEXTAREA" || (input.tagName === "INPUT" && ["text", ""].includes(input.type));
}

// What was typed and where the pointer stood, to put into the input that takes this one's place.
function keep_pointer(input) {
	const { value, selectionStart, selectionEnd } = input;
	const { shown } = input.dataset;
	return (again) => {
		again.value = value;
		if (shown !== undefined) again.dataset.shown = shown;
		again.setSelectionRange(selectionStart, selectionEnd);
	};
}

function put_value(input, value) {
	if (input.type === "checkbox") input.checked = Number(value) === 1;
	else if (input.type === "radio") input.checked = input.value === value;
	else if (input.value !== value) input.value = value;
}

function grow(area) {
	area.style.height = "auto";
	area.style.height = `${area.scrollHeight + 2}px`;
}

function clock_of(date) {
	return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

// 400,000円 or ４０００００ as a number; null for nothing. What is no number is left to the server to refuse.
function whole_number(text) {
	const plain = String(text || "").normalize("NFKC").replace(/[,、\s円¥]/g, "");
	if (!plain) return null;
	return /^\d+$/.test(plain) ? Number(plain) : plain;
}

function same_decision(noted, args) {
	if (!noted) return false;
	const rows = (list) => JSON.stringify((list || []).map((row) => [row.criterion || "", row.finding || "", row.reason]));
	return (
		noted.result === args.result &&
		Number(noted.amount || 0) === Number(args.amount || 0) &&
		(noted.conditions || "") === (args.conditions || "") &&
		(noted.advice || "") === (args.advice || "") &&
		rows(noted.reasons) === rows(args.reasons)
	);
}

// -- contests

function show_comparison(session, call, found) {
	const first = session.item(found.rows[0].agenda_item) || { results: [] };
	const results = first.results.filter((one) => one !== "Not Adopted");
	const dialog = new frappe.ui.Dialog({
		title: `${h(found.call_name)}（${__("{0} to choose", [found.places])}）`,
		size: "extra-large",
		fields: [
			{ fieldtype: "HTML", options: kyodo.session_parts.comparison(found.rows) },
			{
				fieldname: "result",
				fieldtype: "Select",
				label: __("Result for the chosen"),
				options: results.map((value) => ({ value, label: kyodo.word("Kyodo Result", value) })),
				default: results[0],
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Why the order is not that of the averages") },
		],
		primary_action_label: __("Record the Selection"),
		primary_action: async ({ result, note }) => {
			const args = { meeting: session.meeting, call, result, note: note || null, ...chosen_in(dialog) };
			if ((await session.do("kyodo_frappe.committee.selection.record_selection", args)) !== undefined) dialog.hide();
		},
	});
	if (!session.open) dialog.get_primary_btn().prop("disabled", true);
	dialog.show();
}

// {order, chosen, reasons} as they are entered in the table of a contest.
function chosen_in(dialog) {
	const rows = dialog.$wrapper.find("tbody tr").get();
	const rank = (row) => Number(row.querySelector("[data-rank]").value.normalize("NFKC"));
	const name = (row) => row.dataset.proposal;
	return {
		order: rows.sort((left, right) => rank(left) - rank(right)).map(name),
		chosen: rows.filter((row) => row.querySelector("[data-chosen]").checked).map(name),
		reasons: Object.fromEntries(rows.map((row) => [name(row), row.querySelector("[data-reason]").value])),
	};
}
