frappe.ui.form.on("Kyodo Self Check", {
	onload(frm) {
		if (frm.is_new()) kyodo.choose_programme(frm);
	},
	refresh(frm) {
		frm.set_intro(__("Only you can read this. The office sees averages only, and only from five people on."), "blue");
		frm.fields_dict.answers.grid.cannot_add_rows = true;
		frm.refresh_field("answers"); // redraw the buttons
	},
	programme: fill,
	audience: fill,
});

// the server makes the rows of a new check from the programme
function fill(frm) {
	if (!frm.is_new() || !frm.doc.programme || !frm.doc.audience) return;
	const args = { audience: frm.doc.audience, programme: frm.doc.programme };
	frappe.call({ method: "kyodo_frappe.learning.self_checks.items", type: "GET", args }).then(({ message: items }) => {
		frm.clear_table("answers");
		(items || []).forEach((item) => frm.add_child("answers", { item }));
		frm.refresh_field("answers");
	});
}
