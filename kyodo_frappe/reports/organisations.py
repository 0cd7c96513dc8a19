"""Organisations that may be registered twice, for the office to check and merge. One query."""

from frappe import _

from kyodo_frappe.organisations import duplicates


def suspected_duplicates() -> dict:
	"""{"columns", "rows", "message"}: the members of each group in succession, the oldest first."""
	reasons = {"corporate_number": _("same corporate number"), "name_key": _("same name")}
	rows = [
		{**row, "group": number, "same": reasons[row.same], "workflow_state": _(row.workflow_state)}
		for number, group in enumerate(duplicates.suspected(), 1)
		for row in group
	]
	message = _(
		"Organisations with the same corporate number or name. Open the one to keep and merge the other into it with “{0}” in its menu."
	)
	return {"columns": _columns(), "rows": rows, "message": message.format(_("Merge Into This One"))}


def _columns() -> list[dict]:
	def column(fieldname, label, fieldtype="Data", width=150, **more):
		return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}

	return [
		column("group", _("Group"), "Int", 80),
		column("same", _("What Is the Same"), width=150),
		column("name", _("Organisation ID"), "Link", 120, options="Kyodo Organisation"),
		column("organisation_name", _("Organisation"), width=240),
		column("corporate_number", _("Corporate Number"), width=140),
		column("address", _("Address"), width=240),
		column("workflow_state", _("State"), width=110),
		column("creation", _("Entered On"), "Datetime", 160),
	]
