"""Declared relations of members to organisations and sections; they count in every meeting until they end."""

import frappe
from frappe.model.document import Document
from frappe.utils import nowdate

from kyodo_frappe.committee.meeting_record import CALLED, save_own_part
from kyodo_frappe.common.queries import among
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.permissions.people import meetings_of, programmes_of_committees
from kyodo_frappe.workflows.states import UNDECIDED, states

MAX_ORGANISATIONS = 30


@frappe.whitelist(methods=["POST"])
def declare(programme: str, relation: str, organisation: str = "", section: str = "", note: str = "") -> str:
	"""Declare a relation of the user and apply it to meetings that are not over. Returns its name.

	Raises PermissionError, ValidationError.
	"""
	if programme not in programmes_of_committees(frappe.session.user):
		raise frappe.PermissionError
	doc = frappe.get_doc(
		{
			"doctype": "Kyodo Interest",
			"member": frappe.session.user,
			"programme": programme,
			"organisation": organisation or None,
			"section": section or None,
			"relation": relation,
			"note": (note or "").strip() or None,
		}
	)
	doc.insert()
	return doc.name


@frappe.whitelist(methods=["POST"])
def end(interest: str) -> None:
	"""End one of the user's relations today; it stays on record. Raises PermissionError, ValidationError."""
	if not frappe.db.exists("Kyodo Interest", interest):
		raise frappe.PermissionError
	doc = frappe.get_doc("Kyodo Interest", interest, for_update=True)
	doc.check_permission("write")
	doc.ended_on = nowdate()
	doc.save()


def refresh_recusals(interest: Document):
	"""Update the recusals of the member's meetings that are not over."""
	names = frappe.get_all(
		"Kyodo Meeting",
		{
			"name": among(meetings_of(interest.member)),
			"programme": interest.programme,
			"workflow_state": ["in", states("Kyodo Meeting", *UNDECIDED)],
		},
		pluck="name",
		order_by="name",
	)
	for name in names:
		meeting = frappe.get_doc("Kyodo Meeting", name, for_update=True)
		save_own_part(meeting)  # saving updates the recusals


def organisations(user: str, text: str = "") -> list[tuple[str, str]]:
	"""Return [(name, title)] a member can choose from: those on upcoming agendas, and published ones that match `text`."""
	found = {row.name: row.organisation_name for row in _organisations_on_agendas(user)}
	if (text or "").strip():
		rows, _count = organisation_public.organisations(text, limit=MAX_ORGANISATIONS)
		found.update((row.name, row.organisation_name) for row in rows)
	return sorted(found.items(), key=lambda pair: pair[1])


def sections() -> list[tuple[str, str]]:
	"""Return [(name, title)] of all sections."""
	return frappe.get_all("Kyodo Section", fields=["name", "section_name"], as_list=True, order_by="section_name")


def _organisations_on_agendas(user: str) -> list[dict]:
	meetings = frappe.get_all(
		"Kyodo Meeting",
		{"name": among(meetings_of(user)), "workflow_state": ["in", states("Kyodo Meeting", *CALLED)]},
		pluck="name",
		order_by="name",
	)
	if not meetings:
		return []
	item, proposal = frappe.qb.DocType("Kyodo Agenda Item"), frappe.qb.DocType("Kyodo Proposal")
	organisation = frappe.qb.DocType("Kyodo Organisation")
	return (
		frappe.qb.from_(item)
		.join(proposal)
		.on(proposal.name == item.proposal)
		.join(organisation)
		.on(organisation.name == proposal.organisation)
		.select(organisation.name, organisation.organisation_name)
		.distinct()
		.where(item.parent.isin(meetings))
		.orderby(organisation.organisation_name)
		.run(as_dict=True)
	)
