// Keeps what is typed on this device until the server has it: by login and form, gone with the log-out.
(function () {
	"use strict";

	var user = document.body.dataset.user || "", loggedOut = false;

	function place(form) { return "kyodo:" + user + ":" + form.dataset.kept; }

	function text(input) { return input.type === "checkbox" ? (input.checked ? "1" : "") : input.value; }

	function put(input, value) {
		if (input.type === "checkbox") input.checked = Boolean(value);
		else input.value = value;
	}

	// The inputs that a person fills in.
	function inputs(within) {
		return Array.from(within.querySelectorAll("input[name], textarea[name], select[name]")).filter(function (input) {
			return input.type !== "hidden" && input.type !== "radio";
		});
	}

	function mark(form, row, name) { return form.elements[row.dataset.place + "-" + name]; }

	// {fields: {name: {value, was}}, rows: [{table, name, key, was, values: {column: value}}]} of what `isDirty` names.
	function gather(form, isDirty) {
		var found = { fields: {}, rows: [] };
		inputs(form).forEach(function (input) {
			if (!input.closest("[data-row]") && isDirty(input)) {
				found.fields[input.name] = { value: text(input), was: form.elements["was-" + input.name].value };
			}
		});
		form.querySelectorAll("[data-row]").forEach(function (row) {
			var own = inputs(row);
			if (!own.some(isDirty)) return;
			var values = {};
			own.forEach(function (input) { values[input.name.slice(row.dataset.place.length + 1)] = text(input); });
			found.rows.push({
				table: row.dataset.row, name: mark(form, row, "name").value, key: mark(form, row, "key").value,
				was: mark(form, row, "was").value, values: values,
			});
		});
		return found;
	}

	function isEmpty(kept) { return !Object.keys(kept.fields).length && !kept.rows.length; }

	// `waiting`: what was kept before and has not been put back yet.
	function keep(form, isDirty, waiting) {
		if (loggedOut) return true;
		var kept = gather(form, isDirty);
		if (waiting) {
			kept.fields = Object.assign({}, waiting.fields, kept.fields);
			kept.rows = kept.rows.concat(waiting.rows);
		}
		try {
			if (isEmpty(kept)) localStorage.removeItem(place(form));
			else localStorage.setItem(place(form), JSON.stringify(kept));
			return true;
		} catch (error) {
			return false; // full, or not allowed in this browser
		}
	}

	// What is kept for a form and is not what the form shows anyway.
	function kept(form) {
		var found;
		try {
			found = JSON.parse(localStorage.getItem(place(form)));
		} catch (error) {
			return null;
		}
		if (!found) return null;
		Object.keys(found.fields).forEach(function (name) {
			var input = form.elements[name];
			if (!input || text(input) === found.fields[name].value) delete found.fields[name];
		});
		found.rows = found.rows.filter(function (row) {
			var shown = rowOf(form, row);
			return !shown || Object.keys(row.values).some(function (column) {
				var input = form.elements[shown.dataset.place + "-" + column];
				return input && text(input) !== row.values[column];
			});
		});
		return isEmpty(found) ? null : found;
	}

	function rowOf(form, row) {
		return Array.from(form.querySelectorAll('[data-row="' + row.table + '"]')).find(function (shown) {
			var name = mark(form, shown, "name").value;
			return row.name ? name === row.name : mark(form, shown, "key").value === row.key;
		});
	}

	// Put kept text into the form, with the digests of the time when it was typed, so that the server can merge it.
	function restore(form, found) {
		Object.keys(found.fields).forEach(function (name) {
			put(form.elements[name], found.fields[name].value);
			form.elements["was-" + name].value = found.fields[name].was;
		});
		found.rows.forEach(function (row) {
			if (!form.elements["rows-" + row.table]) return;
			var shown = rowOf(form, row) || window.Kyodo.addRow(form, row.table);
			["name", "key", "was"].forEach(function (name) { mark(form, shown, name).value = row[name]; });
			Object.keys(row.values).forEach(function (column) {
				var input = form.elements[shown.dataset.place + "-" + column];
				if (input) put(input, row.values[column]);
			});
		});
	}

	// [[heading, text]] for showing what is kept.
	function list(form, found) {
		var lines = Object.keys(found.fields).map(function (name) {
			return [heading(form.elements[name]), found.fields[name].value];
		});
		found.rows.forEach(function (row) {
			var legend = document.querySelector("#" + row.table + " > legend");
			var texts = Object.keys(row.values).map(function (column) { return row.values[column]; });
			lines.push([legend ? legend.textContent : "", texts.filter(Boolean).join(" / ")]);
		});
		return lines;
	}

	function heading(input) {
		var label = input.labels && input.labels[0];
		return label ? label.firstChild.textContent.trim() || label.textContent.trim() : "";
	}

	document.querySelectorAll("form[data-log-out]").forEach(function (form) {
		form.addEventListener("submit", function () {
			loggedOut = true;
			try {
				Object.keys(localStorage).forEach(function (key) {
					if (key.indexOf("kyodo:" + user + ":") === 0) localStorage.removeItem(key);
				});
			} catch (error) { /* nothing was kept either */ }
		});
	});

	window.Kyodo.keeping = {
		user: user, text: text, put: put, inputs: inputs, mark: mark, keep: keep, kept: kept, restore: restore,
		list: list,
	};
})();
