// Marks are kept as one taps. Without a connection they stay on this device and are sent when it is back; they go with
// the log-out (keeping.js). One member writes one sheet: there is nothing to merge, only another device to notice.
(function () {
	"use strict";

	var WAIT = 800, AGAIN = 15000;
	var REVIEW = "kyodo_frappe.committee.review_actions.autosave_review";
	var TOKEN = "/api/method/kyodo_frappe.web.session_actions.session_token";
	var user = window.Kyodo.keeping.user;

	document.querySelectorAll("form[data-marks]").forEach(function (form) {
		var address = "/api/method/" + (form.dataset.save || REVIEW);
		var place = "kyodo:" + user + ":marks:" + form.dataset.marks;
		var status = form.querySelector("[data-saved]");
		var words = form.querySelector("[data-words]").dataset;
		var modified = form.dataset.modified;
		var timer = null, saving = null, again = false, leaving = false;
		var stored = told(), waiting = read(), lastSent = null;

		if (waiting) offer();

		form.addEventListener("input", function (event) {
			keep();
			later(event.target.type === "radio" ? 0 : WAIT);
		});
		form.addEventListener("submit", function () {
			// the form itself carries everything; the server's answer is the next page
			clearTimeout(timer);
			leaving = true;
		});
		window.addEventListener("online", function () { later(0); });
		document.addEventListener("visibilitychange", function () { later(0); });

		// {name: value} of everything that a person fills in
		function told() {
			var found = {};
			new FormData(form).forEach(function (value, name) {
				if (/^(mark-|reason-|comment|answer-|has-answer-)/.test(name)) found[name] = value;
			});
			return found;
		}

		function dirty() { return JSON.stringify(told()) !== JSON.stringify(stored); }

		function later(wait) {
			clearTimeout(timer);
			timer = setTimeout(save, wait);
		}

		function say(text, trouble) {
			status.textContent = text;
			status.classList.toggle("trouble", Boolean(trouble));
		}

		// -- on this device ------------------------------------------------------------

		function keep() {
			try {
				if (dirty()) localStorage.setItem(place, JSON.stringify({ modified: modified, sent: lastSent, values: told() }));
				else localStorage.removeItem(place);
			} catch (error) { /* full, or not allowed in this browser: the server has it soon */ }
		}

		function read() {
			try {
				var kept = JSON.parse(localStorage.getItem(place));
				return kept && JSON.stringify(kept.values) !== JSON.stringify(stored) ? kept : null;
			} catch (error) {
				return null;
			}
		}

		function put(values) {
			Object.keys(values).forEach(function (name) {
				var inputs = form.elements[name];
				if (inputs && inputs.type !== "checkbox") inputs.value = values[name];
			});
			form.querySelectorAll('input[type=checkbox][name^="answer-"]').forEach(function (box) { box.checked = box.name in values; });
			form.querySelectorAll("details").forEach(function (part) {
				if (part.querySelector("textarea").value) part.open = true;
			});
		}

		// What was typed since the state shown goes back by itself, also where the server has what this device sent and its
		// answer was lost; over a newer state of another device it is asked for.
		function offer() {
			if (waiting.modified === modified || JSON.stringify(waiting.sent) === JSON.stringify(stored)) {
				put(waiting.values);
				later(0);
				return;
			}
			var box = form.querySelector("[data-restore]");
			box.hidden = false;
			box.querySelector("[data-take]").addEventListener("click", function () {
				put(waiting.values);
				box.hidden = true;
				keep();
				later(0);
			});
			box.querySelector("[data-drop]").addEventListener("click", function () {
				box.hidden = true;
				localStorage.removeItem(place);
			});
		}

		// -- sending -------------------------------------------------------------------

		function save() {
			clearTimeout(timer);
			if (leaving || !dirty()) return;
			if (saving) {
				again = true;
				return;
			}
			var sent = lastSent = told();
			keep();
			say(words.saving);
			saving = fetch(address, {
				method: "POST", credentials: "same-origin",
				body: JSON.stringify(Object.assign({ name: form.dataset.marks, writer: user, modified: modified }, sent)),
				headers: {
					"X-Frappe-CSRF-Token": form.elements.csrf_token.value,
					"Content-Type": "application/json", Accept: "application/json",
				},
			}).then(function (answer) {
				return answer.json().catch(function () { return {}; }).then(function (body) {
					if (!answer.ok) return refused(answer.status, body);
					stored = sent;
					modified = body.message.modified;
					say(words.done.replace("{0}", body.message.at));
				});
			}).catch(function () {
				say(words.offline, true);
				timer = setTimeout(save, AGAIN);
			}).then(function () {
				saving = null;
				keep();
				if (again) later(0);
				again = false;
			});
		}

		// The session may have got a new token; whatever else is wrong, the server says.
		function refused(status, body) {
			say(sentence(body) || words.failed, true);
			if (status !== 400 && status !== 401 && status !== 403) return null;
			return fetch(TOKEN, { credentials: "same-origin", headers: { Accept: "application/json" } }).then(function (answer) {
				return answer.ok ? answer.json() : null;
			}).then(function (fresh) {
				var token = fresh && fresh.message.user === user ? fresh.message.csrf_token : "";
				if (!token || token === form.elements.csrf_token.value) return;
				document.querySelectorAll("input[name=csrf_token]").forEach(function (input) { input.value = token; });
				again = true;
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
	});
})();
