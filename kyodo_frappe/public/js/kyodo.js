// What the pages gain with JavaScript: saving while one types, and a new row without loading the page.
// Everything works without it.
(function () {
	"use strict";

	var WAIT = 3000;

	// -- rows of tables --------------------------------------------------------

	document.querySelectorAll("button[data-add-row]").forEach(function (button) {
		button.addEventListener("click", function (event) {
			event.preventDefault();
			addRow(button.form, button.dataset.addRow);
		});
	});

	function addRow(form, table) {
		var count = form.elements["rows-" + table];
		var rows = form.querySelectorAll('[data-row="' + table + '"]');
		var last = rows[rows.length - 1];
		var number = parseInt(count.value, 10);
		var row = last.cloneNode(true);
		row.querySelectorAll("[name]").forEach(function (input) {
			input.name = input.name.replace(/-\d+-/, "-" + number + "-");
			if (input.type === "checkbox") input.checked = input.defaultChecked;
			else if (input.tagName === "SELECT") input.selectedIndex = 0;
			else if (input.type !== "hidden" || /-name$/.test(input.name)) input.value = "";
		});
		row.querySelectorAll("[id]").forEach(function (input) {
			input.id = input.id.replace(/-\d+-/, "-" + number + "-");
		});
		row.querySelectorAll("label[for]").forEach(function (label) {
			label.htmlFor = label.htmlFor.replace(/-\d+-/, "-" + number + "-");
		});
		last.after(row);
		count.value = number + 1;
		var first = row.querySelector("input:not([type=hidden]), select, textarea");
		if (first) first.focus();
	}

	// -- saving while one types --------------------------------------------------

	document.querySelectorAll("form[data-autosave]").forEach(function (form) {
		var status = form.querySelector("[data-saved]");
		var timer = null, saving = false, again = false, stopped = false, dirty = false, pressed = null;

		form.addEventListener("input", function () {
			dirty = true;
			clearTimeout(timer);
			timer = setTimeout(save, WAIT);
		});
		form.addEventListener("submit", function (event) {
			if (saving) {
				// two at once would look like two people: wait for the one under way
				event.preventDefault();
				pressed = event.submitter;
				return;
			}
			stopped = true;
			dirty = false;
			clearTimeout(timer);
		});
		window.addEventListener("beforeunload", function (event) {
			if (dirty) event.preventDefault();
		});

		function say(text, trouble) {
			status.textContent = text;
			status.classList.toggle("trouble", Boolean(trouble));
		}

		function save() {
			if (stopped) return;
			if (saving) { again = true; return; }
			saving = true;
			dirty = false;
			say(form.dataset.saying);
			fetch(form.dataset.autosave, {
				method: "POST",
				credentials: "same-origin",
				headers: { "X-Frappe-CSRF-Token": form.elements.csrf_token.value, Accept: "application/json" },
				body: new FormData(form),
			}).then(function (answer) {
				return answer.json().catch(function () { return {}; }).then(function (body) {
					if (stopped) return;
					if (answer.ok) {
						form.elements.modified.value = body.message.modified;
						say(form.dataset.said.replace("{0}", body.message.at));
						showMissing(body.message.missing);
					} else {
						dirty = true;
						stopped = answer.status === 409 || answer.status === 401 || answer.status === 403;
						say(sentence(body) || form.dataset.failed, true);
					}
				});
			}).catch(function () {
				dirty = true;
				say(form.dataset.offline, true);
				timer = setTimeout(save, 15000);
			}).then(function () {
				saving = false;
				if (pressed) form.requestSubmit(pressed);
				else if (again) { again = false; save(); }
			});
		}

		function showMissing(missing) {
			var list = document.querySelector("[data-missing]");
			if (!list || !missing) return;
			list.textContent = "";
			missing.forEach(function (text) {
				var item = document.createElement("li");
				item.textContent = text;
				list.appendChild(item);
			});
			document.querySelectorAll("[data-when-missing]").forEach(function (part) { part.hidden = !missing.length; });
			document.querySelectorAll("[data-when-complete]").forEach(function (part) { part.hidden = missing.length > 0; });
		}
	});

	function sentence(body) {
		try {
			var messages = JSON.parse(body._server_messages).map(function (text) { return JSON.parse(text).message; });
			var plain = new DOMParser().parseFromString(messages.join(" "), "text/html");
			return plain.body.textContent;
		} catch (error) {
			return "";
		}
	}
})();
