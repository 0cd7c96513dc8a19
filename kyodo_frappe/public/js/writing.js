// Saving while one types, field by field: what others wrote meanwhile comes in, what two wrote differently is asked.
// Offline and after the session has ended, keeping.js holds the text, and saving goes on by itself.
(function () {
	"use strict";

	var WAIT = 2000, AGAIN = 15000;
	var TOKEN = "/api/method/kyodo_frappe.web.session_actions.session_token";
	var keeping = window.Kyodo.keeping;

	document.querySelectorAll("form[data-autosave]").forEach(function (form) {
		var status = form.querySelector("[data-saved]");
		var words = form.querySelector("[data-words]").dataset;
		var expired = form.querySelector("[data-expired]");
		var confirmed = new Map(); // input: the text that the server is known to have
		var timer = null, saving = null, again = false, triedToken = false;
		var waiting = keeping.kept(form); // what this device still holds, until it is put back or thrown away

		keeping.inputs(form).forEach(function (input) {
			if (!notesOf(placeOf(input)).querySelector("[data-said]")) confirmed.set(input, keeping.text(input));
		});

		// -- when ------------------------------------------------------------------

		form.addEventListener("input", function (event) {
			keep();
			later(event.target.type === "radio" || /-gone$/.test(event.target.name) ? 0 : WAIT);
		});
		form.addEventListener("submit", function (event) {
			event.preventDefault();
			var then = event.submitter ? event.submitter.value : "save";
			save(true).then(function (whole) {
				if (!whole) focusFirst();
				else if (then !== "save") location.assign(location.pathname.replace(/[^/]+$/, then));
			});
		});
		window.addEventListener("online", function () { later(0); });
		window.addEventListener("focus", function () { if (!expired.hidden) later(0); });
		document.addEventListener("visibilitychange", function () {
			if (!document.hidden && !expired.hidden) later(0);
			else if (document.hidden && isDirty()) later(0);
		});
		window.addEventListener("beforeunload", function (event) {
			if (isDirty() && !keep()) event.preventDefault(); // this browser keeps nothing
		});

		function later(wait) {
			clearTimeout(timer);
			timer = setTimeout(save, wait);
		}

		function dirty(input) { return confirmed.get(input) !== keeping.text(input) && !isBlank(input); }

		// a row that was just added and holds nothing yet
		function isBlank(input) {
			var row = input.closest("[data-row]");
			return row && !keeping.mark(form, row, "name").value && keeping.inputs(row).every(function (one) {
				return one.tagName === "SELECT" || one.type === "checkbox" || one.value === one.defaultValue;
			});
		}

		function isDirty() { return keeping.inputs(form).some(dirty); }

		function keep() { return keeping.keep(form, dirty, waiting); }

		function say(text, trouble) {
			status.textContent = text;
			status.classList.toggle("trouble", Boolean(trouble));
		}

		// -- sending -----------------------------------------------------------------

		// Resolves to whether everything is stored.
		function save(pressed) {
			clearTimeout(timer);
			if (saving) {
				again = true;
				return saving.then(function () { return pressed === true ? save(true) : false; });
			}
			form.elements.turn.value = Number(form.elements.turn.value) + 1;
			var sent = new Map(keeping.inputs(form).map(function (input) { return [input, keeping.text(input)]; }));
			var body = Object.fromEntries(new FormData(form));
			if (pressed === true) body.pressed = "1";
			if (!navigator.onLine) {
				say(words.offline, true);
				return Promise.resolve(false);
			}
			say(words.saving);
			again = false;
			saving = fetch(form.dataset.autosave, {
				// JSON: servers limit the size of forms and the number of their parts
				method: "POST", credentials: "same-origin", body: JSON.stringify(body),
				headers: {
					"X-Frappe-CSRF-Token": form.elements.csrf_token.value,
					"Content-Type": "application/json", Accept: "application/json",
				},
			}).then(function (answer) {
				return answer.json().catch(function () { return {}; }).then(function (told) {
					if (answer.ok) return stored(told.message, sent);
					if (answer.status === 400 || answer.status === 401 || answer.status === 403) return renew(told);
					return failed(sentence(told));
				});
			}).catch(function () {
				say(words.offline, true);
				timer = setTimeout(save, AGAIN);
				return false;
			}).then(function (whole) {
				saving = null;
				keep();
				if (again) later(0);
				return whole;
			});
			return saving;
		}

		function failed(text) {
			say(text || words.failed, true);
			return false;
		}

		// The session may have ended: with a new one of the same person saving goes on.
		function renew(told) {
			return fetch(TOKEN, { credentials: "same-origin", headers: { Accept: "application/json" } }).then(function (answer) {
				return answer.ok ? answer.json() : null;
			}).then(function (body) {
				expired.hidden = Boolean(body);
				if (!body) {
					say("");
					timer = setTimeout(save, AGAIN);
					return false;
				}
				if (body.message.user !== keeping.user) return failed(words.other);
				var fresh = body.message.csrf_token;
				if (fresh === form.elements.csrf_token.value || triedToken) return failed(sentence(told));
				triedToken = true;
				document.querySelectorAll("input[name=csrf_token]").forEach(function (input) { input.value = fresh; });
				later(0);
				return false;
			});
		}

		function sentence(body) {
			try {
				var messages = JSON.parse(body._server_messages).map(function (text) { return JSON.parse(text).message; });
				return new DOMParser().parseFromString(messages.join(" "), "text/html").body.textContent;
			} catch (error) {
				return "";
			}
		}

		// -- what the server says ------------------------------------------------------

		function stored(told, sent) {
			triedToken = false;
			expired.hidden = true;
			Object.keys(told.stored).forEach(function (name) {
				var input = form.elements[name];
				if (input) take(input, sent, told.stored[name], told.theirs.indexOf(name) >= 0, form.elements["was-" + name], told.was[name]);
			});
			Object.keys(told.rows).forEach(function (table) {
				told.rows[table].forEach(function (row) { takeRow(table, row, sent); });
				var others = form.querySelector('[data-others="' + table + '"]');
				if (others) others.hidden = !told.others[table];
			});
			show(told);
			var whole = !Object.keys(told.conflicts).length && !Object.keys(told.problems).length;
			say((whole ? words.done : words.partly).replace("{0}", told.at), !whole);
			return whole;
		}

		// One stored value. What somebody else wrote comes in unless one has typed there since; then it will be asked.
		function take(input, sent, text, theirs, was, digest) {
			var untouched = keeping.text(input) === sent.get(input);
			if (theirs && !untouched) return;
			was.value = digest;
			confirmed.set(input, sent.get(input));
			if (untouched && text !== keeping.text(input) && (theirs || document.activeElement !== input)) {
				keeping.put(input, text);
				confirmed.set(input, keeping.text(input));
			}
		}

		function takeRow(table, told, sent) {
			var row = form.querySelector('[data-place="' + table + "-" + told.number + '"]');
			if (!row) return;
			var inputs = keeping.inputs(row);
			var untouched = inputs.every(function (input) { return keeping.text(input) === sent.get(input); });
			if (told.gone) {
				if (untouched) remove(row);
				return;
			}
			if (told.theirs && !untouched) return;
			keeping.mark(form, row, "name").value = told.name;
			row.querySelector(".gone").hidden = false;
			inputs.forEach(function (input) {
				var column = input.name.slice(row.dataset.place.length + 1);
				if (column in told.texts) take(input, sent, told.texts[column], told.theirs, keeping.mark(form, row, "was"), told.was);
				else confirmed.set(input, sent.get(input));
			});
		}

		function remove(row) {
			var next = row.nextElementSibling || row.previousElementSibling;
			var focused = row.contains(document.activeElement);
			if (form.querySelectorAll('[data-row="' + row.dataset.row + '"]').length === 1) window.Kyodo.addRow(form, row.dataset.row);
			row.remove();
			if (focused && next) (next.querySelector("input:not([type=hidden]), select, textarea") || next).focus();
		}

		// -- beside the fields -------------------------------------------------------------

		function placeOf(input) {
			var row = input.closest("[data-row]");
			return row ? row.dataset.place : input.name;
		}

		function notesOf(place) { return form.querySelector('[data-notes="' + place + '"]') || document.createElement("div"); }

		function show(told) {
			form.querySelectorAll("[data-notes]").forEach(function (notes) {
				var place = notes.dataset.notes, conflict = told.conflicts[place], problem = told.problems[place];
				var shown = notes.querySelector("[data-conflict]");
				if (shown && conflict && seenIn(shown).value === conflict.seen) return; // the question still stands
				notes.querySelectorAll("[data-said]").forEach(function (part) { part.remove(); });
				if (conflict) notes.prepend(asking(place, conflict));
				if (problem) notes.prepend(paragraph(problem));
				markInvalid(place, Boolean(conflict || problem));
			});
			document.querySelectorAll("[data-mark]").forEach(function (mark) {
				if (mark.dataset.mark !== "check") showMissing(mark, told.missing[mark.dataset.mark] || 0);
			});
			form.querySelectorAll("[data-cautions]").forEach(function (box) {
				box.textContent = "";
				told.cautions.forEach(function (text) { box.append(paragraph(text, "caution")); });
			});
		}

		function seenIn(block) { return block.querySelector("input[type=hidden]"); }

		function paragraph(text, kind) {
			var element = document.createElement("p");
			element.className = kind || "problem";
			element.textContent = text;
			if (!kind) element.dataset.said = "";
			return element;
		}

		function asking(place, conflict) {
			var template = document.getElementById(conflict.removed ? "t-removed" : "t-conflict");
			var block = template.content.firstElementChild.cloneNode(true);
			var row = form.querySelector('[data-place="' + place + '"]');
			block.querySelectorAll("[name]").forEach(function (input) {
				var kind = input.name.replace("-PLACE", "");
				input.name = row ? place + "-" + kind : kind + "-" + place;
			});
			seenIn(block).value = conflict.seen;
			var line = block.querySelector("strong");
			line.textContent = line.textContent.replace("{0}", conflict.who).replace("{1}", conflict.when);
			var theirs = block.querySelector("[data-theirs]");
			conflict.theirs.forEach(function (pair) {
				theirs.append(paragraph((pair[0] ? pair[0] + ": " : "") + (pair[1] || words.empty), "kept"));
			});
			return block;
		}

		function markInvalid(place, invalid) {
			var row = form.querySelector('[data-place="' + place + '"]');
			var inputs = row ? keeping.inputs(row).filter(function (input) { return !/-gone$/.test(input.name); }) : [form.elements[place]];
			if (row) row.classList.toggle("marked", invalid);
			inputs.forEach(function (input) {
				if (!input || !input.setAttribute) return;
				if (invalid) input.setAttribute("aria-invalid", "true");
				else input.removeAttribute("aria-invalid");
			});
		}

		function showMissing(mark, missing) {
			var nav = mark.closest("[data-none-missing]").dataset;
			var part = document.createElement("span");
			part.className = missing ? "flag" : "ok";
			part.textContent = missing ? nav.oneMissing.replace("{0}", missing) : nav.noneMissing;
			mark.replaceChildren(part);
		}

		function focusFirst() {
			var first = form.querySelector("[aria-invalid=true]");
			if (first) first.focus();
		}

		// -- what this device still holds ------------------------------------------------

		var box = form.querySelector("[data-restore]");
		if (waiting) {
			keeping.list(form, waiting).forEach(function (line) {
				box.querySelector("[data-restore-list]").append(paragraph(line[0] + ": " + line[1], "kept"));
			});
			box.hidden = false;
			box.querySelector("[data-restore-yes]").addEventListener("click", function () {
				box.hidden = true;
				keeping.restore(form, waiting);
				waiting = null;
				keep();
				later(0);
			});
			box.querySelector("[data-restore-no]").addEventListener("click", function () {
				box.hidden = true;
				waiting = null;
				keep();
			});
		} else if (form.querySelector("[data-said]")) {
			focusFirst();
		}
	});
})();
