"""An organisation that goes while its projects run: what that stops, and who is told.

Nothing is undone by it: agreements, vouchers, reports and evaluations stay, and the office decides how each project
ends (call it off and settle, or go on with the other organisations).
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations.registration import inactive_states
from kyodo_frappe.partnership import parties
from kyodo_frappe.workflows.states import EXAMINED, WAITING, WRITING, states


def gone_in(project: Document) -> list[str]:
	"""Names, as people call them, of the organisations of a project that are gone."""
	names = parties.organisations_in(project)
	if not names:
		return []
	return frappe.get_all(
		"Kyodo Organisation",
		{"name": ["in", names], "workflow_state": ["in", inactive_states()]},
		pluck="organisation_name",
		order_by="name",
	)


def check_still_there(project: Document):
	"""Raise ValidationError where an organisation of the project is gone: nothing new is agreed with it."""
	if names := gone_in(project):
		frappe.throw(
			_("{0} is no longer registered. The office decides how the project goes on: call it off, or change its partners.").format(
				_(", ").join(names)
			)
		)


def tell(organisation: Document):
	"""Note on each unfinished project that its organisation is gone, and mail the section in charge."""
	for project in _unfinished(organisation.name):
		name, state = organisation.organisation_name, _(organisation.workflow_state, lang=RECORD_LANGUAGE)
		note = _(
			"The registration of the organisation “{0}” is now “{1}”. The section and the office settle how the project goes on.",
			lang=RECORD_LANGUAGE,
		)
		project.add_comment("Info", note.format(name, state))
		parties.tell("Organisation Left", project, parties.CITY, organisation_name=name, state=state)


def _unfinished(organisation: str) -> list[Document]:
	partners = frappe.get_all(
		"Kyodo Partner",
		{"parenttype": "Kyodo Project", "organisation": organisation},
		pluck="parent",
		order_by="parent",
	)
	rows = frappe.get_all(
		"Kyodo Project",
		{"workflow_state": ["in", states("Kyodo Project", WRITING, WAITING, EXAMINED)]},
		pluck="name",
		or_filters={"organisation": organisation, "name": ["in", partners or [""]]},
		order_by="name",
	)
	return [frappe.get_doc("Kyodo Project", name) for name in rows]
