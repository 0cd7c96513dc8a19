"""Questions about a call: asked by anybody on its public page, answered by the office in the desk, published without a name.

Source: design.md §7; the rules on retention are those of registrations for events (domain.md §5).
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime, nowdate

from kyodo_frappe import messages
from kyodo_frappe.accounts.invitations import clean_email
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import calls
from kyodo_frappe.proposals.errors import EnquiryRefused, EnquiryUnanswered
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.workflows.guard import by_service

ENQUIRY = "Kyodo Call Enquiry"
TO_ANSWER, ANSWERED, ON_PAGE, NO_ANSWER = "To Be Answered", "Answered", "On the Page", "Needs No Answer"
MAX_LENGTH = 2000
# of one call: whoever floods the form must not fill the office's list without end
MOST_WAITING = 200


def ask(call: str, question: str, asker_name: str = "", email: str = "") -> str:
	"""Store a question about a published call, tell the office, and return the name of the record.

	Raises EnquiryRefused where no questions are taken (or the call is not public), without a question, for one that is too long and
	while too many wait; ValidationError for an invalid mail address.
	"""
	doc = frappe.get_cached_doc(calls.CALL, call) if frappe.db.exists(calls.CALL, call) else None
	if doc is None or not is_public(doc) or not takes_questions(doc):
		frappe.throw(_("No questions are taken about this call at the moment. Please contact the office."), exc=EnquiryRefused)
	question = (question or "").strip()
	_check_question(question)
	if frappe.db.count(ENQUIRY, {"call": call, "state": TO_ANSWER}) >= MOST_WAITING:
		frappe.throw(_("Very many questions are waiting at the moment. Please contact the office."), exc=EnquiryRefused)
	record = frappe.get_doc(
		{
			"doctype": ENQUIRY,
			"call": call,
			"asked_on": now_datetime(),
			"question": question,
			"asker_name": " ".join((asker_name or "").split())[:140] or None,
			"email": clean_email(email) if (email or "").strip() else None,
		}
	)
	with by_service(record):
		record.insert(ignore_permissions=True)  # guests may ask; that questions are taken has been checked
	messages.send("Call Enquiry Asked", record)
	return record.name


def _check_question(question: str):
	if not question:
		frappe.throw(_("Please write what you would like to ask."), exc=EnquiryRefused)
	if len(question) > MAX_LENGTH:
		message = _("“{0}” is too long: at most {1} characters.").format(_("Your question"), f"{MAX_LENGTH:,}")
		frappe.throw(message, exc=EnquiryRefused)


def is_public(call: Document | dict) -> bool:
	"""Whether a call is published in a programme that is open."""
	return bool(cint(call.get("published"))) and not programme_visibility.is_draft(call.get("programme"))


def takes_questions(call: Document | dict) -> bool:
	"""Whether questions about a call are taken today: until its own day for questions, else until it closes."""
	if cint(call.get("no_enquiries")):
		return False
	if call.get("enquiries_until"):
		return getdate(nowdate()) <= getdate(call.get("enquiries_until"))
	hour = calls.closing_hour({"programme": call.get("programme"), "call": call.get("name")})
	return not calls.is_over(call, hour, now_datetime())


def published(call: str) -> list[dict]:
	"""[{question, answer, answered_on}] of the published questions about a call, the oldest first, without a name.

	The caller has checked that the call is public.
	"""
	fields = ["question", "public_question", "answer", "answered_on"]
	rows = frappe.get_all(ENQUIRY, {"call": call, "published": 1}, fields, order_by="published_on asc, name asc", limit=500)
	for row in rows:
		row.question = row.pop("public_question") or row.question
	return rows


# -- the record ------------------------------------------------------------------------------------------


def check_publication(enquiry: Document):
	"""Raise EnquiryUnanswered where a question would be published without an answer."""
	if cint(enquiry.published) and not (enquiry.answer or "").strip():
		frappe.throw(_("A question is published together with its answer."), exc=EnquiryUnanswered)


def sign(enquiry: Document):
	"""Note who answered and when, when it was published, and say the state in words."""
	before = enquiry.get_doc_before_save()
	answered = bool((enquiry.answer or "").strip())
	if not answered:
		enquiry.answered_on = enquiry.answered_by = None
	elif not before or (before.answer or "") != enquiry.answer:
		enquiry.answered_on, enquiry.answered_by = now_datetime(), frappe.session.user
	if cint(enquiry.published):
		enquiry.published_on = enquiry.published_on or now_datetime()
	else:
		enquiry.published_on = None
	waiting = NO_ANSWER if cint(enquiry.needs_no_answer) else TO_ANSWER
	enquiry.state = ON_PAGE if cint(enquiry.published) else ANSWERED if answered else waiting


def notify_answered(enquiry: Document):
	"""Mail a new or changed answer to the person who asked, if they left an address."""
	before = enquiry.get_doc_before_save()
	changed = (enquiry.answer or "").strip() and (not before or (before.answer or "") != enquiry.answer)
	email = frappe.db.get_value(ENQUIRY, enquiry.name, "email") if changed else None
	if email:
		name = frappe.db.get_value(ENQUIRY, enquiry.name, "asker_name") or ""
		messages.send("Call Enquiry Answered", enquiry, to=[frappe._dict(email=email, name=name, user=None)])


def delete_expired(today: datetime.date | str | None = None) -> int:
	"""Delete questions past the programme's retention, and the askers' names of published ones; return how many.

	Retention is counted in years from 1 April after the fiscal year of the call.
	"""
	year = fiscal_year(getdate(today))
	enquiry, call, programme = (frappe.qb.DocType(name) for name in (ENQUIRY, calls.CALL, "Kyodo Programme"))
	reworded = (enquiry.public_question != "") & (enquiry.public_question != enquiry.question)
	rows = (
		frappe.qb.from_(enquiry)
		.join(call)
		.on(call.name == enquiry.call)
		.join(programme)
		.on(programme.name == call.programme)
		.select(enquiry.name, enquiry.published, enquiry.public_question)
		.where((programme.retention_years > 0) & (call.fiscal_year + programme.retention_years < year))
		.where((enquiry.published == 0) | enquiry.asker_name.isnotnull() | enquiry.email.isnotnull() | reworded)
		.orderby(enquiry.name)
		.run(as_dict=True)
	)
	for row in rows:
		if row.published:
			# the wording of the asker may say who it was; what stays is what was published
			kept = {"question": row.public_question} if row.public_question else {}
			frappe.db.set_value(ENQUIRY, row.name, {"asker_name": None, "email": None, **kept}, update_modified=False)
		else:
			# run by the scheduler
			frappe.delete_doc(ENQUIRY, row.name, ignore_permissions=True, delete_permanently=True)
	return len(rows)
