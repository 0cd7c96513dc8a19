// The rules are kept as data; people read them in the words of the programme's form.
frappe.ui.form.on("Kyodo Programme Version", {
	refresh(frm) {
		frm.toggle_display("rules", false);
		const { $wrapper } = frm.fields_dict.changes;
		$wrapper.nextAll(".kyodo-rules").remove();
		const rules = $('<div class="kyodo-rules"></div>').insertAfter($wrapper);
		frappe
			.call({ method: "kyodo_frappe.programme.versions.in_words", type: "GET", args: { version: frm.doc.name } })
			.then(({ message }) => {
				rules.append($("<h4></h4>").text(__("Rules of This Version")));
				for (const { label, lines } of message) {
					const list = $("<ul></ul>");
					lines.forEach((line) => list.append($("<li></li>").css("white-space", "pre-line").text(line)));
					rules.append($("<h5></h5>").text(label), list);
				}
			});
	},
});
