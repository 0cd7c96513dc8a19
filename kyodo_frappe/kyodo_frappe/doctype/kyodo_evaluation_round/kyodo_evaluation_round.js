frappe.ui.form.on("Kyodo Evaluation Round", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Kyodo Evaluation Comparison"), () =>
			frappe.set_route("query-report", "Kyodo Evaluation Comparison", { project: frm.doc.project })
		);
		frappe.xcall("kyodo_frappe.evaluation.dialogue.differences", { evaluation: frm.doc.name }).then((found) => show(frm, found));
	},
});

function show(frm, found) {
	if (frm.doc.workflow_state === "Open") {
		const state = (side) => (found.handed_in.includes(side) ? __("handed in") : __("not submitted yet"));
		offer_sheet(frm);
		frm.set_intro(`${__("City side")}: ${state("City")} / ${__("Organisation side")}: ${state("Organisation")}`);
		return;
	}
	frm.dashboard.add_section(table(found), __("Where the two sides differ"));
	if (frm.doc.workflow_state !== "Both In") return;
	frm.add_custom_button(__("Write notes of the dialogue"), () => note(frm, found));
	if (found.may_agree) {
		frm.add_custom_button(__("Our side agrees to this record"), () =>
			frappe
				.xcall("kyodo_frappe.evaluation.dialogue.agree_to_record", { evaluation: frm.doc.name, seen: found.digest })
				.then(() => frm.reload_doc())
		).addClass("btn-primary");
	}
}

// the user can read only the sheet of their own side
function offer_sheet(frm) {
	const own = { evaluation_round: frm.doc.name, submitted_on: ["is", "not set"] };
	frappe.db.get_list("Kyodo Evaluation Sheet", { filters: own, limit: 1 }).then(([sheet]) => {
		if (!sheet) return;
		frm.add_custom_button(__("Fill In the Evaluation"), () => frappe.set_route("Form", "Kyodo Evaluation Sheet", sheet.name)).addClass(
			"btn-primary"
		);
	});
}

function table(found) {
	const text = (value) => frappe.utils.escape_html(value == null ? "" : String(value));
	const side = (mark) => `<b>${text(mark.mark || "－")}</b> ${text(mark.reason)}`;
	const rows = found.rows.map(
		(row) => `<tr${row.gap && row.gap.to_discuss ? ' class="table-warning"' : ""}>
			<th>${text(row.item)}${row.target ? `<br><small>${text(row.target)} → ${text(row.actual || "－")} ${text(row.achieved)}</small>` : ""}</th>
			<td>${side(row.city)}</td><td>${side(row.organisation)}</td>
			<td>${row.gap ? text(row.gap.size) : ""}</td><td>${text(row.talk)}</td></tr>`
	);
	const heads = ["Item", "City side", "Organisation side", "Difference", "Notes of the Dialogue"];
	return `<table class="table table-bordered"><thead><tr>${heads.map((head) => `<th>${__(head)}</th>`).join("")}</tr></thead>
		<tbody>${rows.join("")}</tbody></table>`;
}

function note(frm, found) {
	const dialog = new frappe.ui.Dialog({
		title: __("Notes of the Dialogue"),
		fields: [
			{
				fieldname: "item_code",
				fieldtype: "Select",
				label: __("Item"),
				reqd: 1,
				options: found.rows.map((row) => ({ value: row.code, label: kyodo.plain(row.item) })),
				onchange: () => {
					const row = found.rows.find((one) => one.code === dialog.get_value("item_code"));
					dialog.set_value("talk", row ? row.talk : "");
				},
			},
			{ fieldname: "talk", fieldtype: "Small Text", label: __("Notes of the Dialogue") },
		],
		primary_action_label: __("Save"),
		primary_action({ item_code, talk }) {
			const seen = found.rows.find((row) => row.code === item_code).talk || "";
			frappe
				.xcall("kyodo_frappe.evaluation.dialogue.note_talk", { evaluation: frm.doc.name, item_code, talk: talk || "", seen })
				.then(() => {
					dialog.hide();
					frm.reload_doc();
				});
		},
	});
	dialog.show();
}
