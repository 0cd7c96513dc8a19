const RUNNING = ["Waiting", "Checking", "Importing"];

frappe.ui.form.on("Kyodo Organisation Import", {
	refresh(frm) {
		clearTimeout(frm.import_timer);
		if (frm.is_new()) return kyodo.choose_programme(frm);
		const stalled = (frm.doc.__onload || {}).stalled;
		if (RUNNING.includes(frm.doc.status) && !stalled) {
			show_progress(frm);
			frm.import_timer = setTimeout(() => frm.reload_doc(), 2000);
			return;
		}
		if (stalled) {
			frm.set_intro(__("The run was interrupted. What was imported is kept; please press the button again."), "orange");
		}
		if (!frm.doc.source_file || frm.is_dirty()) return;
		if (!stalled) show_next(frm);
		add_button(frm, __("Check the List"), "kyodo_frappe.organisations.import_list.check_list");
		if (frm.doc.run_hash) {
			const question = __("{0} new organisations, {1} changed ones; {2} rows are left out. Import them as shown below?", [
				frm.doc.new_count,
				frm.doc.changed_count,
				frm.doc.error_count + frm.doc.unread_count,
			]);
			add_button(frm, __("Import the List"), "kyodo_frappe.organisations.import_list.import_list", question);
		}
	},
});

const NEXT = {
	"Not Checked Yet": __("“Check the List” checks every row without changing anything."),
	Checked: __("Nothing is imported yet. If the result below is right, press “Import the List”; rows to correct are left out."),
	"Import Done": __("The list is imported. Rows to correct can be edited in the Excel file below and imported as a separate list."),
};

function show_next(frm) {
	if (NEXT[frm.doc.status]) frm.set_intro(NEXT[frm.doc.status], "blue");
}

function add_button(frm, label, method, question) {
	const begin = () => frappe.xcall(method, { name: frm.doc.name }).then(() => frm.reload_doc());
	frm.add_custom_button(label, () => (question ? frappe.confirm(question, begin) : begin()));
}

function show_progress(frm) {
	const share = frm.doc.total_rows ? (100 * frm.doc.done_rows) / frm.doc.total_rows : 0;
	frm.dashboard.add_progress(__(frm.doc.status), share, `${frm.doc.done_rows} / ${frm.doc.total_rows}`);
}
