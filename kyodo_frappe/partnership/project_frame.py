"""What the pages of a running project share."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.partnership import parties
from kyodo_frappe.web.records import page_record, pick


def opened_project(name: str) -> Document:
	"""A project that the user takes part in. Raises PermissionError."""
	project = page_record("Kyodo Project", name)
	parties.check_participant(project)
	return project


def project_frame(project: Document, title: str) -> dict:
	"""Title, project and the user's side, for the head of each page."""
	return {
		"title": title,
		"project": pick(project, "name", "project_name", "workflow_state", "from_date", "to_date"),
		"side": parties.side_of(project),
	}


def file_names(urls: list[str]) -> dict[str, str]:
	"""{address: name} of attached files."""
	wanted = sorted({url for url in urls if url})
	if not wanted:
		return {}
	return dict(frappe.get_all("File", {"file_url": ["in", wanted]}, ["file_url", "file_name"], as_list=True, order_by="creation asc"))


def side_label(side: str | None) -> str:
	"""The side as pages call it; "" for none."""
	return {"City": _("City side"), "Organisation": _("Organisation side"), "Both": _("Both sides")}.get(side, "")
