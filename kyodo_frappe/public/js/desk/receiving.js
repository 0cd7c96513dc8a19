import { ask } from "./ask.js";
import { h } from "./html.js";

const AT_ONCE = 50; // as the server takes them
const BESIDE = 3; // requests at the same time
const COLOURS = { Missing: "red", "To Be Checked": "orange", "No Problem": "green" };

// Opens the reading page with a queue of records. rows: [{name, title}]
export const read_in_order = (doctype, rows) => {
	if (!rows.length) return;
	frappe.provide("kyodo").reading_queue = rows;
	frappe.set_route("kyodo-reading", doctype, rows[0].name);
};

// Adds the button to the form of a record that opens it on the reading page.
export const offer_reading = (frm) => {
	const label = __("Read and Check");
	frm.add_custom_button(label, () => frappe.set_route("kyodo-reading", frm.doctype, frm.docname));
	frm.change_custom_button_type(label, null, "primary");
};

// Adds to a list what opens the reading page: with all that wait, or with the chosen ones.
export const offer_queue = (listview) => {
	const { doctype, meta } = listview;
	listview.page.add_inner_button(__("Read What Waits"), () => frappe.set_route("kyodo-reading", doctype));
	const read = () => {
		const rows = listview.get_checked_items().map((row) => ({ name: row.name, title: row[meta.title_field] || row.name }));
		read_in_order(doctype, rows);
	};
	listview.page.add_actions_menu_item(__("Read in Order"), read, true);
};

// Opens a table of proposals with what there is to check of each. Those with nothing are chosen; one press receives the chosen ones.
// finished(): called when the dialog is closed after something was received.
export const receive_many = (names, finished) => {
	const rows = names.slice(0, AT_ONCE).map((name) => ({ name }));
	const dialog = new frappe.ui.Dialog({
		title: __("Receive Several Proposals"),
		size: "extra-large",
		fields: [{ fieldname: "table", fieldtype: "HTML" }],
		primary_action_label: __("Receive"),
		primary_action: () => receive(dialog, rows),
	});
	dialog.onhide = () => rows.some((row) => row.done) && finished();
	dialog.show();
	show(dialog, rows);
	examine(dialog, rows);
	dialog.$wrapper[0].addEventListener("change", ({ target }) => {
		const row = rows.find((one) => one.name === target.dataset.row);
		if (row) row.chosen = target.checked;
		count(dialog, rows);
	});
	return dialog;
};

const examine = async (dialog, rows) => {
	const waiting = [...rows];
	const work = async () => {
		for (let row = waiting.shift(); row; row = waiting.shift()) {
			try {
				Object.assign(row, await ask("kyodo_frappe.proposals.reading.examine", { proposal: row.name }, { get: true }));
			} catch (refusal) {
				Object.assign(row, { title: row.name, obstacle: refusal.sentence, problems: [] });
			}
			row.chosen = !row.obstacle && row.verdict === "No Problem";
			show(dialog, rows);
		}
	};
	await Promise.all(Array.from({ length: BESIDE }, work));
	rows.ready = true;
	show(dialog, rows);
};

const receive = async (dialog, rows) => {
	const chosen = rows.filter((row) => row.chosen && !row.done);
	if (!chosen.length || !rows.ready) return;
	dialog.disable_primary_action();
	try {
		const proposals = chosen.map((row) => row.name);
		const found = await ask("kyodo_frappe.proposals.reading.receive_many", { proposals }, { patience: 120000 });
		for (const one of found) {
			const row = rows.find(({ name }) => name === one.name);
			Object.assign(row, one.done ? { done: true, chosen: false } : { failed: one.text, chosen: false });
		}
	} catch (refusal) {
		rows.problem = refusal.sentence;
	}
	show(dialog, rows);
};

const show = (dialog, rows) => {
	const head = ["", __("Proposal"), __("What to Check"), __("Result")].map((text) => `<th>${text}</th>`).join("");
	const left = rows.ready ? "" : `<p>${__("The proposals are being examined …")}</p>`;
	dialog.fields_dict.table.$wrapper.html(
		`${left}<p role="alert" class="text-danger">${h(rows.problem || "")}</p><div class="table-responsive"><table class="table table-bordered kyodo-receiving"><thead><tr>${head}</tr></thead><tbody>${rows.map(row_html).join("")}</tbody></table></div>`
	);
	count(dialog, rows);
};

const count = (dialog, rows) => {
	const chosen = rows.filter((row) => row.chosen && !row.done).length;
	dialog.get_primary_btn().text(__("Receive {0}", [chosen]));
	chosen && rows.ready ? dialog.enable_primary_action() : dialog.disable_primary_action();
};

const row_html = (row) => {
	const known = row.problems !== undefined;
	const closed = !known || row.obstacle || row.done;
	const tick = `<input type="checkbox" data-row="${h(row.name)}" aria-label="${h(row.title || row.name)}"${row.chosen ? " checked" : ""}${closed ? " disabled" : ""}>`;
	const facts = known ? `<br><small>${h((row.facts || []).map(([, text]) => text).join("　"))}</small>` : "";
	const word = row.word ? `<span class="indicator-pill no-indicator-dot ${COLOURS[row.verdict]}">${h(row.word)}</span>` : "";
	const problems = (row.problems || []).map((one) => `<li>${h(one.word)}: ${h(one.text)}</li>`).join("");
	const result = row.done ? __("Received") : h(row.failed || row.obstacle || "");
	return `<tr><td>${tick}</td><td>${h(row.title || row.name)}${facts}</td><td>${word}<ul>${problems}</ul></td><td>${result}</td></tr>`;
};
