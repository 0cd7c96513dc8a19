// Setting a programme up in six steps; it is a draft until the last. Nothing is kept before the fourth: programme/setup.py is told preset and answers
// with each question, and decides.
frappe.pages["kyodo-setup"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Set Up a Programme"), single_column: true });
	new SetUp(page).start();
};

const h = (text) => frappe.utils.escape_html(String(text ?? ""));
const this_year = () => {
	const [year, month] = frappe.datetime.get_today().split("-").map(Number);
	return month >= 4 ? year : year - 1;
};
const ROLES = ["Kyodo Officer", "Kyodo Section Officer", "Kyodo Committee Member", "Kyodo Support Staff", "Kyodo Manager"];

class SetUp {
	constructor(page) {
		this.body = $('<div class="kyodo-setup"></div>').appendTo(page.main);
		this.answers = { values: {}, deadlines: {}, calls: {}, meetings: {}, forms: {} };
		this.year = this_year() + 1;
		this.steps = [
			[__("Choose a Beginning"), () => this.choose()],
			[__("Answer the Questions"), () => this.ask()],
			[__("Days and Amounts"), () => this.days()],
			[__("See the Year"), () => this.show_year()],
			[__("Invite People"), () => this.people()],
			[__("Open the Programme"), () => this.opening()],
		];
	}

	start() {
		this.go(0);
	}

	go(step) {
		this.step = step;
		this.body.empty();
		const list = $('<ol class="ku-steps"></ol>').appendTo(this.body);
		this.steps.forEach(([title], n) =>
			list.append(`<li ${n === step ? 'aria-current="step"' : ""}>${n + 1}　${h(title)}</li>`)
		);
		this.area = $("<div></div>").appendTo(this.body);
		this.steps[step][1]();
		window.scrollTo(0, 0);
	}

	call(method, args, type = "POST") {
		return frappe.call({ method, args, type, freeze: type === "POST" }).then((answer) => answer.message);
	}

	chosen() {
		return { preset: this.preset || "", file: this.file || "" };
	}

	foot(...buttons) {
		const foot = $('<div class="ku-foot"></div>').appendTo(this.area);
		for (const [label, act, main] of buttons) {
			$(`<button type="button" class="btn ${main ? "btn-primary" : "btn-default"}">${h(label)}</button>`)
				.appendTo(foot)
				.on("click", act);
		}
	}

	// -- 1: a preset or a file

	choose() {
		this.area.append(`<p>${h(__("Begin from the rules of a city, or from a file that another city has saved. You change what differs in the next steps, and later in the programme's own form."))}</p>`);
		const cards = $('<div class="ku-cards"></div>').appendTo(this.area);
		this.call("kyodo_frappe.programme.setup.presets_to_choose", {}, "GET").then((presets) => {
			for (const preset of presets) {
				const card = $(`<section class="ku-card">
					<h4>${h(preset.title)}</h4><p>${h(preset.municipality)}</p><p>${h(preset.about)}</p>
					<p class="ku-source">${h(__("Source"))}：${h(preset.source)}</p>
					<button type="button" class="btn btn-default btn-sm">${h(__("Begin From This"))}</button></section>`);
				card.find("button").on("click", () => this.begin({ preset: preset.name }));
				cards.append(card);
			}
		});
		this.foot([__("Begin From a File"), () => this.take_file()]);
	}

	take_file() {
		const input = $('<input type="file" accept=".json,application/json">');
		input.on("change", () => input[0].files[0].text().then((text) => this.begin({ file: text })));
		input.trigger("click");
	}

	begin(source) {
		this.call("kyodo_frappe.programme.setup.begin", source).then((asked) => {
			this.preset = source.preset;
			this.file = source.file;
			this.asked = asked;
			this.answers = { values: {}, deadlines: {}, calls: {}, meetings: {}, forms: {} };
			this.go(1);
		});
	}

	// -- 2: the questions

	ask() {
		const fields = [];
		for (const group of this.asked.groups) {
			fields.push({ fieldtype: "Section Break", label: group.title });
			group.fields.forEach((field, n) => {
				if (n && n === Math.ceil(group.fields.length / 2) && field.fieldtype !== "Text") fields.push({ fieldtype: "Column Break" });
				fields.push(this.control(field));
			});
		}
		this.group = new frappe.ui.FieldGroup({ fields, body: $("<div></div>").appendTo(this.area)[0] });
		this.group.make();
		for (const control of this.group.fields_list) {
			// 20 rather than 20.000
			if (["Float", "Percent"].includes(control.df.fieldtype)) control.format_for_input = (value) => (isNaN(parseFloat(value)) ? "" : String(flt(value)));
		}
		this.group.set_values(this.values());
		this.show_forms();
		this.foot([__("Back"), () => this.go(0)], [__("Next"), () => this.leave_questions(() => this.go(2)), true]);
	}

	control(field) {
		const basis = field.basis ? `${__("Source of the Rule")}：${field.basis}` : "";
		const description = [field.description, basis].filter(Boolean).map(h).join("<br>");
		const options = field.options ? field.options.split("\n").map((value) => ({ value, label: __(value) })) : "";
		const needed = ["programme_name", "municipality_name"].includes(field.fieldname);
		const fieldtype = field.fieldtype === "Text" ? "Small Text" : field.fieldtype;
		return { fieldname: field.fieldname, label: field.label, fieldtype, options, description, reqd: needed ? 1 : 0 };
	}

	values() {
		const given = {};
		for (const group of this.asked.groups) {
			for (const field of group.fields) given[field.fieldname] = this.answers.values[field.fieldname] ?? field.value;
		}
		return given;
	}

	show_forms() {
		this.area.append(`<h3>${h(__("Forms of Collaboration"))}</h3>`);
		for (const form of this.asked.forms) {
			const kept = this.answers.forms[form.code] ?? 1;
			const box = $(`<div class="checkbox"><label><input type="checkbox" ${kept ? "checked" : ""}> ${h(form.form_name)}　
				<span class="ku-basis">${h(form.description)}</span></label></div>`).appendTo(this.area);
			box.find("input").on("change", (event) => (this.answers.forms[form.code] = event.target.checked ? 1 : 0));
		}
	}

	leave_questions(then) {
		const given = this.group.get_values();
		if (!given) return;
		for (const group of this.asked.groups) {
			for (const field of group.fields) {
				const value = given[field.fieldname] ?? (["Data", "Text", "Select"].includes(field.fieldtype) ? "" : 0);
				if (String(value) === String(field.value ?? (typeof value === "number" ? 0 : ""))) delete this.answers.values[field.fieldname];
				else this.answers.values[field.fieldname] = value;
			}
		}
		then();
	}

	// -- 3: days and amounts

	days() {
		const number = (column, label) => ({ column, label, type: "number" });
		this.table(__("Meetings of the Year"), "meetings", (row, n) => n, (row) => row.label, [
			number("month", __("Month")), number("day", __("Day")), { column: "begins_at", label: __("Begins At"), type: "text" },
		]);
		this.table(__("Deadlines"), "deadlines", (row) => row.code, (row) => row.label, [
			number("month", __("Month")), number("day", __("Day")), number("months", __("Months After")), number("days", __("Days After")),
		], (row, column) => (row.kind === "After Event") === ["months", "days"].includes(column) && !(row.kind === "Month End" && column === "day"));
		this.calls();
		this.foot([__("Back"), () => this.go(1)], [__("Next"), () => this.go(3), true]);
	}

	table(title, part, key, label, columns, asked = () => true) {
		this.area.append(`<h3>${h(title)}</h3>`);
		const rows = this.asked[part];
		if (!rows.length) return this.area.append(`<p class="ku-basis">${h(__("None."))}</p>`);
		const table = $(`<div class="ku-scroll"><table><thead><tr><th></th>${columns.map((c) => `<th>${h(c.label)}</th>`).join("")}</tr></thead><tbody></tbody></table></div>`);
		rows.forEach((row, index) => table.find("tbody").append(this.row(part, String(key(row, index + 1)), row, label(row), columns, asked)));
		this.area.append(table);
	}

	calls() {
		const number = (column, label) => ({ column, label, type: "number" });
		const columns = [
			{ column: "call_name", label: __("Call"), type: "text" },
			number("opens_month", __("Opens in Month")), number("opens_day", __("Opens on Day")),
			number("closes_month", __("Closes in Month")), number("closes_day", __("Closes on Day")),
			number("ceiling", __("Ceiling per Proposal")), number("rate", __("Rate (%)")), number("frame", __("Total Frame")), number("years", __("Most Years")),
		];
		this.area.append(`<h3>${h(__("Calls of the Year"))}</h3>`);
		if (!this.asked.calls.length) this.area.append(`<p class="ku-basis">${h(__("None."))}</p>`);
		this.asked.calls.forEach((row, index) => {
			const block = $(`<fieldset class="ku-call"><legend>${h(row.call_type)}</legend></fieldset>`).appendTo(this.area);
			for (const column of columns) {
				const label = $(`<label class="ku-${column.column}">${h(column.label)}</label>`).appendTo(block);
				label.append(this.input("calls", String(index + 1), row, column, ""));
			}
		});
	}

	input(part, key, row, { column, label, type }, about) {
		const given = (this.answers[part][key] || {})[column] ?? row[column] ?? "";
		const named = about ? ` aria-label="${h(`${about} ${label}`)}"` : "";
		const input = $(`<input class="form-control input-sm" type="${type}" min="0"${named}>`).val(given);
		return input.on("change", () => {
			this.answers[part][key] = { ...this.answers[part][key], [column]: input.val() };
		});
	}

	row(part, key, row, label, columns, asked) {
		const line = $(`<tr><th scope="row">${h(label)}${row.basis ? `<div class="ku-basis">${h(row.basis)}</div>` : ""}</th></tr>`);
		for (const column of columns) {
			const cell = $("<td></td>").appendTo(line);
			if (asked(row, column.column)) cell.append(this.input(part, key, row, column, label));
		}
		return line;
	}

	// -- 4: the calendar

	show_year() {
		const year = $(`<div class="form-inline"><label>${h(__("Fiscal Year"))}　<input type="number" class="form-control input-sm" value="${this.year}"></label></div>`);
		year.appendTo(this.area).find("input").on("change", (event) => {
			this.year = Number(event.target.value) || this.year;
			this.go(3);
		});
		const name = $("<p></p>").appendTo(this.area);
		const named = { programme_name: this.answers.values.programme_name ?? this.values().programme_name, fiscal_year: this.year };
		this.call("kyodo_frappe.programme.setup.name_in_year", named, "GET").then((text) => name.text(`${__("Programme")}：${text}`));
		const calendar = $("<div></div>").appendTo(this.area);
		this.foot(
			[__("Back"), () => this.go(2)],
			[__("Set Up the Programme"), () => this.set_up(0)],
			[__("Set Up, and Make Calls and Events"), () => this.set_up(1), true]
		);
		this.call("kyodo_frappe.programme.setup.look", { ...this.chosen(), answers: JSON.stringify(this.answers), fiscal_year: this.year }).then((rows) =>
			calendar.append(kyodo.calendar_table(rows))
		);
	}

	set_up(make_year) {
		const args = { ...this.chosen(), answers: JSON.stringify(this.answers), fiscal_year: this.year, make_year };
		this.call("kyodo_frappe.programme.setup.set_up", args).then((made) => {
			this.made = made;
			frappe.show_alert({ message: __("The programme “{0}” is set up.", [h(made.programme)]), indicator: "green" });
			this.go(4);
		});
	}

	// -- 5: people

	people() {
		if (!this.made) {
			this.area.append(`<p>${h(__("Set the programme up first; then the people who work with it are invited here."))}</p>`);
			return this.foot([__("Back"), () => this.go(3)]);
		}
		const { calls, events } = this.made;
		this.area.append(`<p>${h(__("The programme is there, with {0} calls and {1} events as drafts. Now invite who works with it: everybody gets a mail with a link to choose a password.", [calls.length, events.length]))}</p>`);
		const table = $(`<div class="ku-scroll"><table><thead><tr>${["Name", "Email", "Role", "Section or Seat"].map((t) => `<th>${h(__(t))}</th>`).join("")}</tr></thead><tbody></tbody></table></div>`).appendTo(this.area);
		const rows = table.find("tbody");
		this.add_person(rows);
		this.foot(
			[__("One More Person"), () => this.add_person(rows)],
			[__("Later"), () => this.go(5)],
			[__("Invite"), () => this.invite(rows), true]
		);
	}

	add_person(rows) {
		const roles = ROLES.filter((role) => role !== "Kyodo Manager" || frappe.user.has_role("System Manager"));
		const option = (value, label) => `<option value="${h(value)}">${h(label)}</option>`;
		const line = $(`<tr><td><input class="form-control input-sm" name="full_name" aria-label="${h(__("Name"))}"></td>
			<td><input class="form-control input-sm" type="email" name="email" aria-label="${h(__("Email"))}"></td>
			<td><select class="form-control input-sm" name="role" aria-label="${h(__("Role"))}">${roles.map((role) => option(role, __(role))).join("")}</select></td>
			<td><select class="form-control input-sm" name="place" aria-label="${h(__("Section or Seat"))}"></select></td></tr>`).appendTo(rows);
		const places = () => {
			const role = line.find("[name=role]").val();
			const found = role === "Kyodo Section Officer" ? this.made.sections.map((name) => [name, name])
				: role === "Kyodo Committee Member" ? this.made.seats.map((seat) => [seat.name, seat.label]) : [];
			line.find("[name=place]").html(found.map(([value, label]) => option(value, label)).join("")).prop("disabled", !found.length);
		};
		line.find("[name=role]").on("change", places);
		places();
	}

	invite(rows) {
		const people = rows.find("tr").get().map((row) => {
			const value = (name) => $(row).find(`[name=${name}]`).val() || "";
			const role = value("role");
			return { full_name: value("full_name"), email: value("email"), role, section: role === "Kyodo Section Officer" ? value("place") : "", seat: role === "Kyodo Committee Member" ? value("place") : "" };
		}).filter((person) => person.full_name || person.email);
		this.call("kyodo_frappe.accounts.staff.invite_people", { programme: this.made.programme, people: JSON.stringify(people) }).then((logins) => {
			frappe.show_alert({ message: __("{0} people are invited.", [logins.length]), indicator: "green" });
			this.go(5);
		});
	}

	// -- 6: opened to the public

	opening() {
		if (!this.made) return this.go(4);
		const { programme } = this.made;
		const to_form = () => frappe.set_route("Form", "Kyodo Programme", programme);
		this.area.append(`<p>${h(__("The programme is a draft: nobody but the office sees it. Look through it, its pages and its calls at leisure, and open it here or in its own form."))}</p>`);
		kyodo.look_before_opening(programme).then(({ html, ready }) => {
			this.area.append(html);
			const open = [__("Open the Programme"), () => kyodo.open_programme(programme).then(to_form), true];
			this.foot([__("Go On Preparing"), to_form], ...(ready ? [open] : []));
		});
	}
}
