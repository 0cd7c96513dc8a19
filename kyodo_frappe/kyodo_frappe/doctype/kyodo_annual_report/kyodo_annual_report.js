const METHODS = {
	refill: "kyodo_frappe.front.annual.reports.refill",
	photos: "kyodo_frappe.front.annual.reports.photos",
	publish: "kyodo_frappe.front.annual.reports.publish",
	take_back: "kyodo_frappe.front.annual.reports.take_back",
};

frappe.ui.form.on("Kyodo Annual Report", {
	onload(frm) {
		if (frm.is_new()) kyodo.choose_programme(frm);
	},

	refresh(frm) {
		if (frm.is_new())
			return frm.set_intro(__("Save first. Then “Fill In What Is Known” writes the parts and the projects of the year."));
		frm.set_query("project", "projects", () => ({ filters: { programme: frm.doc.programme } }));
		const published = frm.doc.state === "Published";
		frm.page.set_indicator(__(frm.doc.state), published ? "green" : "orange");
		if (published) {
			frm.disable_save();
			frm.add_web_link(`/kyodo/annual-reports/${frm.doc.name}.pdf`, __("The published file"));
			frm.add_custom_button(__("Take Back"), () => take_back(frm));
			return;
		}
		frm.enable_save();
		frm.add_custom_button(__("Fill In What Is Known"), () => act(frm, "refill", __("Filled in. What you have written stays.")));
		frm.add_custom_button(__("Choose a Photo"), () => choose_project(frm));
		frm.add_custom_button(__("Publish"), () => publish(frm)).addClass("btn-primary");
	},
});

async function act(frm, name, said, args = {}) {
	if (frm.is_dirty()) await frm.save();
	const found = await frappe.xcall(METHODS[name], { annual_report: frm.doc.name, ...args });
	await frm.reload_doc();
	frappe.show_alert({ message: said, indicator: "green" });
	return found;
}

function publish(frm) {
	const question = __("Publish this report? Everybody can then read it on the page of figures. Look at it once more under “Papers”.");
	frappe.confirm(question, () => act(frm, "publish", __("Published. The page of figures links to the file.")));
}

function take_back(frm) {
	frappe.confirm(__("Take this report back? It leaves the public page and can be edited again."), () =>
		act(frm, "take_back", __("Taken back. It is a draft again."))
	);
}

function choose_project(frm) {
	const rows = frm.doc.projects || [];
	if (!rows.length) return frappe.msgprint(__("There are no projects in this report yet."));
	const options = rows.map((row) => ({ value: row.name, label: row.project_name || row.project }));
	frappe.prompt(
		[{ fieldname: "row", fieldtype: "Select", label: __("Project"), options, reqd: 1 }],
		({ row }) =>
			choose_photo(
				frm,
				rows.find((one) => one.name === row)
			),
		__("Choose a Photo"),
		__("Show the photos")
	);
}

// Shows the released photos of a project; a click chooses one, or none.
async function choose_photo(frm, row) {
	const asked = { method: METHODS.photos, type: "GET", args: { annual_report: frm.doc.name, project: row.project } };
	const { message: photos } = await frappe.call(asked);
	const dialog = new frappe.ui.Dialog({ title: frappe.utils.escape_html(row.project_name || row.project), size: "large" });
	const take = (photo) => {
		frappe.model.set_value(row.doctype, row.name, "photo", photo);
		dialog.hide();
		frm.save();
	};
	const list = $('<div class="kyodo-photos"></div>').appendTo(dialog.$body);
	for (const photo of photos) {
		const button = $('<button type="button" class="btn btn-default"></button>').on("click", () => take(photo.row));
		if (photo.row === row.photo) button.attr("aria-pressed", "true");
		button.append($("<img>").attr({ src: photo.address, alt: photo.text }), $("<span></span>").text(photo.text));
		list.append(button);
	}
	if (!photos.length) list.append($("<p></p>").text(__("Both sides have released no photo of this project from this year.")));
	else
		list.append(
			$('<button type="button" class="btn btn-default"></button>')
				.text(__("No photo"))
				.on("click", () => take(""))
		);
	dialog.show();
}
