"""Organisations that leave while their projects run: what becomes impossible, and who is notified.

Agreements, vouchers, reports and evaluations stay. The office decides how each project ends.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.queries import among
from kyodo_frappe.organisations.errors import OrganisationNotRegistered
from kyodo_frappe.organisations.registration import inactive_states
from kyodo_frappe.partnership import parties
from kyodo_frappe.workflows.states import EXAMINED, WAITING, WRITING, states


def departed_organisations(project: Document) -> list[str]:
	"""The names of the organisations of a project that have left, been suspended or expired."""
	names = parties.organisations_in(project)
	if not names:
		return []
	return frappe.get_all(
		"Kyodo Organisation",
		{"name": ["in", names], "workflow_state": ["in", inactive_states()]},
		pluck="organisation_name",
		order_by="name",
	)


def check_organisations_registered(project: Document):
	"""Raise OrganisationNotRegistered if an organisation of the project has left: nothing new is agreed with it."""
	if names := departed_organisations(project):
		frappe.throw(
			_(
				"{0} is no longer registered. Please decide with the office whether to call the project off or to change its partners."
			).format(_(", ").join(names)),
			exc=OrganisationNotRegistered,
		)


def notify_section(organisation: Document):
	"""Comment on each unfinished project of an organisation that has left, and notify the section in charge."""
	for project in _unfinished_projects(organisation.name):
		name, state = organisation.organisation_name, _(organisation.workflow_state, lang=RECORD_LANGUAGE)
		note = _(
			"The registration of the organisation “{0}” is now “{1}”. Please decide with the office how the project continues.",
			lang=RECORD_LANGUAGE,
		)
		project.add_comment("Info", note.format(name, state))
		parties.notify("Organisation Left", project, parties.CITY, organisation_name=name, state=state)


def _unfinished_projects(organisation: str) -> list[Document]:
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
		or_filters={"organisation": organisation, "name": among(partners)},
		order_by="name",
	)
	return [frappe.get_doc("Kyodo Project", name) for name in rows]
