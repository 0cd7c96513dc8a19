"""Who steps aside for an item: found from the data, or declared by the member."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.rules.conflicts import conflicts
from kyodo_frappe.services.speech import RECORD_LANGUAGE


def find_recusals(meeting: Document):
	"""Members with an interest in an item, found from the data and from their own declarations."""
	meeting.set("recusals", [])
	people = {row.user: row for row in meeting.attendance if row.user}
	if not people:
		return
	organisations = _belongings("Kyodo Organisation", "Kyodo Organisation Member", people)
	sections = _belongings("Kyodo Section", "Kyodo Section Member", people)
	for item in meeting.agenda:
		concerned = _concerned(item)
		if not concerned:
			continue
		declared = _declared(item, meeting.meeting_type)
		for user, row in people.items():
			found = conflicts(
				{"user": user, "organisations": organisations.get(user, []), "sections": sections.get(user, [])},
				concerned,
			)
			reasons = [(_(reason.source, lang=RECORD_LANGUAGE).format(_subject(reason)), "Found") for reason in found]
			if user in declared:
				reasons.append((declared[user], "Declared"))
			if reasons:
				meeting.append(
					"recusals",
					{
						"agenda_item": item.name,
						"subject": item.subject,
						"user": user,
						"member_name": row.member_name,
						"reason": reasons[0][0],
						"source": reasons[0][1],
					},
				)


def _subject(reason) -> str:
	name = frappe.db.get_value("Kyodo Organisation", reason.subject, "organisation_name")
	return name or reason.subject


def _belongings(parenttype: str, child: str, people: dict) -> dict[str, list[str]]:
	found = {}
	rows = frappe.get_all(
		child,
		{"parenttype": parenttype, "user": ["in", list(people)]},
		["user", "parent"],
		order_by="parent",
	)
	for row in rows:
		found.setdefault(row.user, []).append(row.parent)
	return found


def _concerned(item: Document) -> dict | None:
	"""What rules.conflicts wants to know of an item: who wrote it, whose it is."""
	if item.proposal:
		proposal = frappe.get_doc("Kyodo Proposal", item.proposal)
		return {
			"name": proposal.name,
			"organisations": proposal.own_organisations(),
			"section": proposal.section if proposal.origin != "Organisation" else None,
			"written_by": [u for u in (proposal.owner, proposal.submitted_by) if u and u != "Administrator"],
		}
	source = item.report and ("Kyodo Report", item.report)
	source = source or (item.evaluation_round and ("Kyodo Evaluation Round", item.evaluation_round))
	if not source:
		return None
	row = frappe.db.get_value(*source, ["name", "organisation", "section"], as_dict=True)
	return {"name": row.name, "organisations": [row.organisation], "section": row.section}


def _declared(item: Document, step: str) -> dict[str, str]:
	if not item.proposal:
		return {}
	rows = frappe.get_all(
		"Kyodo Review",
		{"proposal": item.proposal, "step": step, "interest_declared": 1},
		["member", "interest_reason"],
		order_by="name",
	)
	return {row.member: row.interest_reason for row in rows}
