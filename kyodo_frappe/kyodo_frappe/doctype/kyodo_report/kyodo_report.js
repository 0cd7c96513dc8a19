// Shows the settlement line by line: planned, spent and recognised amounts, and findings.
frappe.ui.form.on("Kyodo Report", {
	refresh(frm) {
		if (frm.is_new()) return;
		kyodo.offer_reading(frm);
		kyodo.offer_parts(
			frm,
			(frm.doc.corrections || []).filter((row) => row.field).map((row) => ({ value: row.field, label: row.field_label }))
		);
		show_settlement(frm);
		if (frm.doc.workflow_state === "Submitted" && frappe.user.has_role("Kyodo Officer")) {
			frm.add_custom_button(__("Check a Settlement Line"), () => check_line(frm));
		}
		if (frm.doc.report_kind !== "Mid-term") {
			frm.add_custom_button(__("Expenses and vouchers"), () =>
				frappe.set_route("List", "Kyodo Expense", { project: frm.doc.project })
			);
		}
	},

	// what is wrong stands once more before the person who accepts it
	before_workflow_action(frm) {
		const open = (frm.doc.settlement || []).filter((row) => row.finding || row.refused);
		if (frm.selected_workflow_action !== "Accept" || !open.length) return;
		frappe.dom.unfreeze();
		return confirm_findings(open);
	},
});

function show_settlement(frm) {
	if (frm.doc.report_kind === "Mid-term" || !(frm.doc.settlement || []).length) return;
	const esc = (text) => frappe.utils.escape_html(text || "").replace(/\n/g, "<br>");
	const yen = (amount) => `${Math.round(amount || 0).toLocaleString("ja-JP")}`;
	const cell = (text) => `<td class="text-right">${text}</td>`;
	const note = (row) =>
		[
			row.refused && `<span class="text-danger">${__("Not Recognised Because")}: ${esc(row.refused)}</span>`,
			row.finding && esc(row.finding),
		]
			.filter(Boolean)
			.join("<br>");
	const rows = frm.doc.settlement
		.map(
			(row) =>
				`<tr><td>${esc(row.category)} ${esc(row.description)}${row.eligible ? "" : ` (${__("not eligible")})`}</td>` +
				`${cell(yen(row.budget))}${cell(yen(row.actual))}${cell(yen(row.recognised))}<td>${note(row)}</td></tr>`
		)
		.join("");
	const head = [__("Category"), __("Planned"), __("Spent"), __("Recognised"), __("What Is Wrong")];
	const total = `<tr><th>${__("Total")}</th><th></th>${[frm.doc.total_cost, frm.doc.eligible_cost]
		.map((amount) => `<th class="text-right">${yen(amount)}</th>`)
		.join("")}<th></th></tr>`;
	frm.dashboard.reset();
	frm.dashboard.add_section(
		`<div class="table-responsive"><table class="table table-bordered"><thead><tr>${head
			.map((label) => `<th>${label}</th>`)
			.join("")}</tr></thead><tbody>${rows}${total}</tbody></table></div><p>${esc(frm.doc.settlement_note)}</p>`,
		__("Settlement")
	);
	frm.dashboard.show();
}

function confirm_findings(lines) {
	const escape = (text) => frappe.utils.escape_html(text || "").replace(/\n/g, "<br>");
	const said = lines.map((row) => {
		const [name, left] = [`${row.category || ""} ${row.description || ""}`, (row.actual || 0) - (row.recognised || 0)];
		const amount = __("{0} yen are not recognised", [Math.round(left).toLocaleString("ja-JP")]);
		return `<li><strong>${escape(name)}</strong>: ${amount}<br>${escape([row.refused, row.finding].filter(Boolean).join("\n"))}</li>`;
	});
	return new Promise((accept, leave) =>
		frappe.confirm(`<p>${__("These lines are accepted as they are settled here:")}</p><ul>${said.join("")}</ul>`, accept, leave)
	);
}

function check_line(frm) {
	const lines = frm.doc.settlement.map((row) => ({
		value: row.name,
		label: kyodo.plain([row.category, row.description].filter(Boolean).join(" ")),
	}));
	frappe.prompt(
		[
			{ fieldname: "line", fieldtype: "Select", label: __("Settlement"), options: lines, reqd: 1 },
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Not Recognised Because"),
				description: __("Leave empty to recognise the line, also where its voucher was shown on paper only."),
			},
		],
		({ line, reason }) =>
			frappe
				.xcall("kyodo_frappe.partnership.reports.refuse_line", { report: frm.doc.name, line, reason: reason || "" })
				.then(() => frm.reload_doc()),
		__("Check a Settlement Line")
	);
}
