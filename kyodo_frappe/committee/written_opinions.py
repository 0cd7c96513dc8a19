"""Written opinions (書面審議): members who take part by document vote For, Against or Abstain on each item."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.committee import interests, seats
from kyodo_frappe.committee.errors import AnswerNotPossible, NotOnAgenda
from kyodo_frappe.committee.meeting_record import CALLED, locked, save_own_part
from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.permissions.errors import TextTooLong
from kyodo_frappe.workflows.states import category

OPINIONS = ("For", "Against", "Abstain")
MAX_COMMENT = 2000


@frappe.whitelist(methods=["POST"])
def give(meeting: str, agenda_item: str, opinion: str, comment: str = "") -> dict:
	"""Record a member's opinion on an item, replacing an earlier one. Returns {opinion, given_on}.

	Raises PermissionError for users who do not sit in the meeting or step aside for the item, ValidationError if written
	opinions are not or no longer taken.
	"""
	doc = give_all(meeting, [{"agenda_item": agenda_item, "opinion": opinion, "comment": comment}])
	row = opinions_of(doc, frappe.session.user)[agenda_item]
	return {"opinion": row.opinion, "given_on": str(row.given_on)}


def give_all(meeting: str, given: list[dict]) -> Document:
	"""Record a member's opinions on several items, all or none: [{agenda_item, opinion, comment}]. Raises like `give`."""
	doc = locked(meeting)
	user = frappe.session.user
	seat = seat_of(doc, user)
	if seat is None:
		frappe.throw(_("Only members who sit in this meeting can give an opinion."), frappe.PermissionError)
	if reason := why_closed(doc, seat):
		frappe.throw(reason, AnswerNotPossible)
	items = {row.name: row for row in doc.agenda}
	for row in given:
		item = items.get(row["agenda_item"])
		if item is None:
			frappe.throw(_("This meeting has no such item on its agenda."), NotOnAgenda)
		if user in interests.recused(doc, item):
			frappe.throw(_("You have stepped aside for this item and cannot give an opinion on it."), frappe.PermissionError)
		_check_opinion(item, row["opinion"], row["comment"])
		_record(doc, item, seat, row["opinion"], row["comment"])
	save_own_part(doc)
	return doc


def seat_of(meeting: Document, user: str) -> Document | None:
	"""Return the attendance row on which a user sits, or None."""
	return next((row for row in meeting.attendance if seats.sitting_user(row) == user), None)


def by_document(meeting: Document, seat: Document) -> bool:
	"""Whether the member on an attendance row takes part in writing."""
	return bool(meeting.document_review or seat.answer == "By Document")


def why_closed(meeting: Document, seat: Document) -> str | None:
	"""Return why no opinion can be given in writing; None if it can."""
	if category("Kyodo Meeting", meeting.workflow_state) not in CALLED:
		return _("Written opinions are accepted from the invitation to the end of the meeting.")
	if not by_document(meeting, seat):
		return _("Written opinions are for members who take part by document.")
	return None


def opinions_of(meeting: Document, user: str) -> dict[str, Document]:
	"""Return {agenda item: opinion given by a user}."""
	return {row.agenda_item: row for row in meeting.opinions if row.user == user}


def _check_opinion(item: Document, opinion: str, comment: str):
	if opinion not in OPINIONS:
		frappe.throw(_("{0}: please choose for, against or abstain.").format(item.subject), InvalidChoice)
	if len(comment or "") > MAX_COMMENT:
		frappe.throw(_("{0}: please write your comment in at most {1} characters.").format(item.subject, MAX_COMMENT), TextTooLong)


def _record(meeting: Document, item: Document, seat: Document, opinion: str, comment: str):
	user = seats.sitting_user(seat)
	values = {"opinion": opinion, "comment": (comment or "").strip() or None}
	row = opinions_of(meeting, user).get(item.name) or meeting.append("opinions", {"agenda_item": item.name, "user": user})
	if any(row.get(field) != value for field, value in values.items()):
		row.update(
			{
				**values,
				"subject": item.subject,
				"member_name": seat.substitute_name if seat.substitute_user else seat.member_name,
				"given_on": now_datetime().replace(microsecond=0),
			}
		)
