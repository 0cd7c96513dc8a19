const STANDINGS = {
	Registered: __("Registered"),
	"Ending Soon": __("Ending Soon"),
	"New in the Years": __("Newly Registered in the Fiscal Year"),
	All: __("All Organisations"),
};

frappe.query_reports["Kyodo Register"] = kyodo.report([
	{
		fieldname: "standing",
		label: __("Registration"),
		fieldtype: "Select",
		options: Object.entries(STANDINGS).map(([value, label]) => ({ value, label })),
		default: "Registered",
	},
	"fiscal_year",
	"years",
	"programme",
	{ fieldname: "organisation_type", label: __("Type of Organisation"), fieldtype: "Link", options: "Kyodo Organisation Type" },
	{ fieldname: "activity_field", label: __("Field of Activity"), fieldtype: "Link", options: "Kyodo Activity Field" },
]);
