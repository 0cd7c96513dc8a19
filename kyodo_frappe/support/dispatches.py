"""Dispatches of lecturers, advisers, committee members and volunteers (domain.md §3: 日本NPOセンター, 講師・委員の派遣)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe import messages
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.queries import among
from kyodo_frappe.partnership import parties
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.errors import DispatchStateError
from kyodo_frappe.workflows.guard import by_service

DISPATCH, PERSON = "Kyodo Dispatch", "Kyodo Resource Person"
ASKED, WILL_COME, DECLINED, DONE = "Asked", "Will Come", "Declined", "Done"
LECTURER, MEMBER = "Lecturer", "Committee Member"
MAX_PEOPLE = 1000
PERSON_FIELDS = ("name", "person_name", "person_kana", "can_be", "belongs_to", "active", "themes", "places", "experience")
PERSON_TABLES = (("Kyodo Organisation Activity", "activity_field", "fields"), ("Kyodo Skill", "skill", "skills"))


# -- people -----------------------------------------------------------------------------------


def find_people(text: str = "", field: str = "", can_be: str = "", active: bool = True) -> list[dict]:
	"""Return people whom the current user may read, with their `fields` and `skills`, in three queries.

	`text` is searched in name, affiliation, themes, areas, skills and experience; `field` is a field of activity; `can_be`
	one of the roles in which a person can be sent.
	"""
	filters = {**({"active": 1} if active else {}), **({"can_be": can_be} if can_be else {})}
	rows = frappe.get_list(PERSON, filters, PERSON_FIELDS, order_by="person_kana asc, person_name asc", limit=MAX_PEOPLE)
	for child, fieldname, place in PERSON_TABLES:
		_add_table_values(rows, child, fieldname, place)
	words = search_key(text).split()
	return [row for row in rows if (not field or field in row.fields) and all(word in _search_text(row) for word in words)]


def _add_table_values(people: list[dict], child: str, fieldname: str, place: str):
	filters = {"parenttype": PERSON, "parent": among([row.name for row in people])}
	found = defaultdict(list)
	for row in frappe.get_all(child, filters, ["parent", fieldname], order_by="parent, idx"):
		found[row.parent].append(row[fieldname])
	for row in people:
		row[place] = found[row.name]


def _search_text(row: dict) -> str:
	parts = (row.person_name, row.person_kana, row.belongs_to, row.themes, row.places, row.experience, *row.skills)
	return search_key("\n".join(part or "" for part in parts))


# -- dispatches ---------------------------------------------------------------------------------


def warn_of_clash(dispatch: Document):
	"""Warn in the desk that a person has another dispatch on the same day, which is allowed."""
	if sentence := clash_message(dispatch):
		frappe.msgprint(sentence, title=_("Two requests for the same day"), indicator="orange")


def clash_message(dispatch: Document) -> str:
	"""Return a sentence about the person's other dispatches on the same days, "" without any."""
	found = clashes(dispatch)
	if not found:
		return ""
	listed = _(", ").join(f"{era_date(row.from_date)} {row.topic}（{row.sent_to}）" for row in found)
	return _("{0} has another request for the same day: {1}.").format(dispatch.person_name, listed)


def clashes(dispatch: Document) -> list[dict]:
	"""Return other dispatches of the person on any of the same days: {name, topic, sent_to, from_date}; not declined ones."""
	if not dispatch.from_date or dispatch.state in (DECLINED, DONE) or dispatch.purpose == MEMBER:
		return []  # a seat on a committee is a term of years, not a day
	table = frappe.qb.DocType(DISPATCH)
	first, last = getdate(dispatch.from_date), getdate(dispatch.to_date or dispatch.from_date)
	ends_later = (table.to_date >= first) | (table.to_date.isnull() & (table.from_date >= first))
	return (
		frappe.qb.from_(table)
		.select(table.name, table.topic, table.sent_to, table.from_date)
		.where((table.person == dispatch.person) & (table.name != (dispatch.name or "")) & (table.state != DECLINED))
		.where((table.from_date <= last) & ends_later & (table.purpose != MEMBER))
		.orderby(table.from_date)
		.orderby(table.name)
		.run(as_dict=True)
	)


def phone_message(dispatch: Document) -> str:
	"""Return a sentence that the person has no mail address and must be phoned, "" if there is one."""
	if frappe.db.get_value(PERSON, dispatch.person, "email"):
		return ""
	return _("{0} cannot be reached by mail: no address is recorded. Please phone.").format(dispatch.person_name)


def send_request(dispatch: Document):
	"""Mail a request to the person; without a mail address, tell the user to phone."""
	person = frappe.db.get_value(PERSON, dispatch.person, ["email", "person_name"], as_dict=True)
	if not person.email:
		frappe.msgprint(phone_message(dispatch), title=_("Please phone"), indicator="orange")
		return
	to = [frappe._dict(email=person.email, name=person.person_name)]
	messages.send("Dispatch Asked", dispatch, to=to, period=_period(dispatch))


def _period(dispatch: Document) -> str:
	first = era_date(dispatch.from_date)
	if not dispatch.to_date or dispatch.to_date == dispatch.from_date:
		return first
	return _("from {0} to {1}", lang=RECORD_LANGUAGE).format(first, era_date(dispatch.to_date))


@frappe.whitelist(methods=["POST"])
def record_answer(dispatch: str, will_come: int):
	"""Record that the person has agreed or declined; set them as the event's lecturer where it has none.

	For the centre and the office. Raises PermissionError, DispatchStateError (answered already).
	"""
	doc = _opened(dispatch, ASKED)
	doc.state = WILL_COME if cint(will_come) else DECLINED
	_save(doc)
	if doc.state == WILL_COME:
		_set_lecturer(doc)
		if doc.organisation:
			messages.send("Dispatch Agreed", doc, period=era_date(doc.from_date), link="/kyodo/my/support")


@frappe.whitelist(methods=["POST"])
def record_done(dispatch: str, report: str):
	"""Record that a dispatch has taken place, with a report of how it went, for the centre and the office.

	Raises PermissionError, DispatchStateError (not agreed, still to come), ValidationError without a report.
	"""
	doc = _opened(dispatch, WILL_COME)
	if not report.strip():
		frappe.throw(_("Please write in a few lines how it went."), InputMissing)
	if getdate(doc.from_date) > getdate(nowdate()):
		frappe.throw(_("Its day has not come yet."), exc=DispatchStateError)
	doc.state, doc.report = DONE, report.strip()
	_save(doc)


def _opened(dispatch: str, state: str) -> Document:
	centre.require_centre()
	doc = parties.get_permitted(DISPATCH, dispatch, "write", lock=True)
	if doc.state != state:
		frappe.throw(_("This dispatch is in the state {0}.").format(_(doc.state)), exc=DispatchStateError)
	return doc


def _save(doc: Document):
	with by_service(doc):  # the state is read-only in the form
		doc.save()


def _set_lecturer(dispatch: Document):
	if not dispatch.event:
		return
	event = frappe.get_doc("Kyodo Event", dispatch.event, for_update=True)
	if event.lecturer or event.lecturer_name or event.state in ("Held", "Cancelled"):
		return
	event.lecturer = dispatch.person
	with by_service(event):
		event.save(ignore_permissions=True)  # the centre may name the lecturer it was asked for, and nothing else
