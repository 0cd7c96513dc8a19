// What the pages gain with JavaScript: a new row without loading the page, sums while one types. All works without it.
(function () {
	"use strict";

	// -- rows of tables --------------------------------------------------------

	document.querySelectorAll("button[data-add-row]").forEach(function (button) {
		button.addEventListener("click", function (event) {
			event.preventDefault();
			var row = addRow(button.form, button.dataset.addRow);
			var first = row.querySelector("input:not([type=hidden]), select, textarea");
			if (first) first.focus();
		});
	});

	// A copy of the last row, empty, with a number and a key of its own.
	function addRow(form, table) {
		var count = form.elements["rows-" + table];
		var rows = form.querySelectorAll('[data-row="' + table + '"]');
		var last = rows[rows.length - 1];
		var number = parseInt(count.value, 10);
		var row = last.cloneNode(true);
		var numbered = new RegExp("\\b" + table + "-\\d+");
		[row].concat(Array.from(row.querySelectorAll("*"))).forEach(function (element) {
			["name", "id", "for", "aria-describedby", "data-place", "data-notes"].forEach(function (attribute) {
				var value = element.getAttribute(attribute);
				if (value) element.setAttribute(attribute, value.replace(numbered, table + "-" + number));
			});
		});
		row.querySelectorAll("[name]").forEach(empty);
		row.querySelectorAll("[data-said], a").forEach(function (element) { element.remove(); });
		row.querySelectorAll("[aria-invalid]").forEach(function (element) { element.removeAttribute("aria-invalid"); });
		row.querySelectorAll(".gone").forEach(function (element) { element.hidden = true; });
		row.classList.remove("marked");
		var label = row.getAttribute("aria-label");
		if (label) row.setAttribute("aria-label", label.replace(/\d+$/, rows.length + 1));
		last.after(row);
		count.value = number + 1;
		return row;
	}

	function empty(input) {
		if (/-key$/.test(input.name)) input.value = newKey();
		else if (/-gone$/.test(input.name)) input.checked = false;
		else if (input.type === "checkbox") input.checked = input.defaultChecked;
		else if (input.tagName === "SELECT") input.selectedIndex = 0;
		else if (input.type !== "hidden") input.value = input.defaultValue; // the last row is one that the server left empty
		else if (/-(name|was)$/.test(input.name)) input.value = "";
	}

	function newKey() {
		return Array.from(crypto.getRandomValues(new Uint8Array(6)), function (byte) {
			return byte.toString(16).padStart(2, "0");
		}).join("");
	}

	// -- sums ---------------------------------------------------------------------

	var sums = document.querySelectorAll("output[data-sum]");
	if (sums.length) document.addEventListener("input", function () { sums.forEach(add); });

	function add(output) {
		var total = 0;
		document.querySelectorAll('[data-row="' + output.dataset.sum + '"]').forEach(function (row) {
			var gone = row.querySelector('[name$="-gone"]');
			var condition = output.dataset.if && row.querySelector('input[type=checkbox][name$="-' + output.dataset.if + '"]');
			if ((gone && gone.checked) || (condition && !condition.checked)) return;
			var times = output.dataset.times ? number(row, output.dataset.times) || 1 : 1;
			total += Math.round(number(row, output.dataset.of) * times);
		});
		output.textContent = document.documentElement.lang === "ja" ? total.toLocaleString("ja-JP") + "円" : "¥" + total.toLocaleString("en");
	}

	function number(row, column) {
		var input = row.querySelector('[name$="-' + column + '"]');
		return parseFloat(input.value.normalize("NFKC").replace(/[,、\s円¥]/g, "")) || 0;
	}

	window.Kyodo = { addRow: addRow };
})();
