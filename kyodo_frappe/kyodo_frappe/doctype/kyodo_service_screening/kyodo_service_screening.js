const OFFICE = () => frappe.user.has_role("Kyodo Officer");

frappe.ui.form.on("Kyodo Service Screening", {
	refresh(frm) {
		frm.get_field("answers").grid.cannot_add_rows = true;
		kyodo.name_directions(frm, "answers");
		kyodo.name_choices(frm, "answers", "answer", { "": "", Yes: __("Yes"), Partly: __("Applies in part"), No: __("No") });
		frm.get_field("answers").grid.wrapper.find(".grid-remove-rows, .grid-add-row").hide();
		if (frm.is_new()) {
			if (!frm.doc.fiscal_year) frm.set_value("fiscal_year", kyodo.this_year());
			if (!frm.doc.section) fill_section(frm);
			frm.set_intro(__("The programme's questions appear once you save this for the first time."), "blue");
			return kyodo.choose_programme(frm);
		}
		if (frm.doc.workflow_state === "Answered") review(frm);
		if (frm.doc.workflow_state === "Screened" && OFFICE()) add_create_buttons(frm);
	},

	// the workflow menu has to ask for the result as well
	before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Conclude Screening") return;
		frappe.dom.unfreeze();
		conclude(frm);
		return Promise.reject();
	},
});

function fill_section(frm) {
	frappe.call({ method: "kyodo_frappe.screening.screenings.own_section", type: "GET" }).then(({ message: section }) => {
		if (section && frm.is_new() && !frm.doc.section) frm.set_value("section", section);
	});
}

function review(frm) {
	const asked = { method: "kyodo_frappe.screening.screenings.review_of", type: "GET", args: { screening: frm.doc.name } };
	frappe.call(asked).then(({ message: seen }) => {
		if (frm.doc.name !== asked.args.screening) return;
		const text = seen.needed
			? __("Views of the internal team: {0} of {1} required", [seen.said, seen.needed])
			: __("Views of the internal team: {0}", [seen.said]);
		frm.dashboard.set_headline(frappe.utils.escape_html(text));
		if (seen.mine) frm.add_custom_button(__("Give a View"), () => say_view(frm));
		if (OFFICE()) frm.add_custom_button(__("Conclude Screening"), () => conclude(frm));
	});
}

function options(fieldname, doctype) {
	const field = frappe.meta.get_docfield(doctype, fieldname);
	return field.options.split("\n").map((value) => ({ value, label: value ? __(value) : "" }));
}

function act(frm, method, args) {
	return frappe.xcall(method, { screening: frm.doc.name, ...args }).then((made) => {
		frm.reload_doc();
		return made;
	});
}

function say_view(frm) {
	const mine = (frm.doc.views || []).find((row) => row.user === frappe.session.user) || {};
	const choices = options("view", "Kyodo Screening View");
	frappe.prompt(
		[
			{
				fieldname: "view",
				label: __("Whether the Service Suits"),
				fieldtype: "Select",
				options: choices,
				reqd: 1,
				default: mine.view,
			},
			{ fieldname: "remark", label: __("Remark on the Service"), fieldtype: "Small Text", default: mine.remark },
		],
		(values) => act(frm, "kyodo_frappe.screening.screenings.say_view", values),
		__("Give a View"),
		__("Give a View")
	);
}

// stays open after a refusal, so that the reason need not be typed again
function conclude(frm) {
	const choices = options("result", "Kyodo Service Screening");
	const dialog = new frappe.ui.Dialog({
		title: __("Conclude Screening"),
		fields: [
			{ fieldname: "result", label: __("Result of the Screening"), fieldtype: "Select", options: choices, reqd: 1 },
			{ fieldname: "reason", label: __("Reason for the Result"), fieldtype: "Small Text", reqd: 1 },
		],
		primary_action_label: __("Conclude Screening"),
		primary_action: (values) => act(frm, "kyodo_frappe.screening.screenings.conclude", values).then(() => dialog.hide()),
	});
	dialog.show();
}

function add_create_buttons(frm) {
	const open = (doctype) => (name) => frappe.set_route("Form", doctype, name);
	const year = { fieldname: "fiscal_year", label: __("Fiscal Year"), fieldtype: "Int", default: kyodo.this_year(), reqd: 1 };
	if (!frm.doc.call && ["Theme Call", "Turn Into Kyodo"].includes(frm.doc.result)) {
		const types = ["Theme", "Partner Selection"].map((value) => ({ value, label: __(value) }));
		const fields = [
			{ fieldname: "call_type", label: __("Type"), fieldtype: "Select", options: types, default: "Theme", reqd: 1 },
			{ fieldname: "call_name", label: __("Call"), fieldtype: "Data", default: frm.doc.service_name, reqd: 1 },
			year,
		];
		const make = (values) => act(frm, "kyodo_frappe.screening.screenings.make_theme_call", values).then(open("Kyodo Call"));
		frm.add_custom_button(__("Create Call"), () => frappe.prompt(fields, make, __("Create Call"), __("Create Call")));
	}
	if (!frm.doc.project && ["Turn Into Kyodo", "Already Kyodo"].includes(frm.doc.result)) {
		const fields = [
			year,
			{ fieldname: "organisation", label: __("Organisation"), fieldtype: "Link", options: "Kyodo Organisation" },
			{ fieldname: "form", label: __("Form of Collaboration"), fieldtype: "Data" },
		];
		const make = (values) => act(frm, "kyodo_frappe.screening.screenings.turn_into_project", values).then(open("Kyodo Project"));
		frm.add_custom_button(__("Create Project"), () => frappe.prompt(fields, make, __("Create Project"), __("Create Project")));
	}
}
