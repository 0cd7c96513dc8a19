"""Cases of the support centre: questions, the steps taken, and answers (domain.md §3: 国立市, 支援センターの機能).

A case begins with a question in the portal, or when staff record a visit or a call. It counts as answered once it has an
answer; closing and reopening are functions here.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime, nowdate

from kyodo_frappe import messages
from kyodo_frappe.accounts import invitations
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.messages import people
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.people import organisations_of
from kyodo_frappe.permissions.roles import ORGANISATION, require
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.errors import CaseOfOrganisation, TooManyQuestions
from kyodo_frappe.workflows.guard import by_service

CASE = "Kyodo Support Case"
OPEN, ANSWERED, CLOSED = "Open", "Answered", "Closed"
PORTAL = "Portal"
MAX_QUESTIONS_PER_DAY = 20  # of one person


def notify_answered(case: Document):
	"""Mail a new or changed answer to the person who asked in the portal."""
	if not case.asked_by or not case.answer or not case.has_value_changed("answer"):
		return
	messages.send("Case Answered", case, to=people.recipient(case.asked_by), link="/kyodo/my/support#cases")


@frappe.whitelist(methods=["POST"])
def ask(subject: str, content: str, topic: str = "Other", organisation: str = "", about_need: str = "") -> str:
	"""Send a question to the support centre, for an organisation or as an individual; returns the name of the case.

	Raises PermissionError unless the user is a portal member and belongs to the organisation, ValidationError without
	subject or question, TooManyQuestions.
	"""
	require(ORGANISATION)
	user = frappe.session.user
	if organisation and organisation not in organisations_of(user):
		raise frappe.PermissionError
	if not subject.strip() or not content.strip():
		frappe.throw(_("Please write in a few words what it is about, and what you would like to ask."), InputMissing)
	_check_daily_limit(user)
	case = frappe.get_doc(
		{
			"doctype": CASE,
			"programme": centre.default_programme(organisation),
			"subject": subject.strip(),
			"content": content.strip(),
			"topic": topic,
			"channel": PORTAL,
			"organisation": organisation or None,
			# the record drops these two for an organisation, which is reached at its registered address
			"client_name": frappe.utils.get_fullname(user),
			"client_contact": frappe.db.get_value("User", user, "email"),
			"about_need": frappe.db.get_value("Kyodo Need", {"name": about_need, "published": 1}),
			"asked_by": user,
		}
	)
	with by_service(case):
		case.insert(ignore_permissions=True)  # every portal member may ask; cases are the centre's records
	_notify_centre(case)
	return case.name


def _check_daily_limit(user: str):
	day = {"asked_by": user, "creation": [">", add_days(now_datetime(), -1)]}
	if frappe.db.count(CASE, day) >= MAX_QUESTIONS_PER_DAY:
		message = _("You have asked many questions today already. Please phone the centre or try again tomorrow.")
		frappe.throw(message, exc=TooManyQuestions)


@frappe.whitelist(methods=["POST"])
def ask_more(case: str, question: str):
	"""Add a further question to one's own case and reopen it. Raises PermissionError, ValidationError without a question."""
	doc = parties.get_permitted(CASE, case, lock=True)
	if doc.asked_by != frappe.session.user and doc.organisation not in organisations_of(frappe.session.user):
		raise frappe.PermissionError
	if not question.strip():
		frappe.throw(_("Please write what you would like to ask."), InputMissing)
	earlier = [doc.content, *([f"［{_('Answer', lang=RECORD_LANGUAGE)}］\n{doc.answer}"] if doc.answer else [])]
	doc.content = "\n\n".join([*earlier, f"［{_('Asked again', lang=RECORD_LANGUAGE)}　{era_date(nowdate())}］\n{question.strip()}"])
	doc.answer, doc.state, doc.closed_on, doc.asked_by = None, OPEN, None, frappe.session.user
	with by_service(doc):
		doc.save(ignore_permissions=True)  # the user's right to ask is checked above; the record is the centre's
	_notify_centre(doc, more=True)


def _notify_centre(case: Document, more: bool = False):
	messages.send("Case Asked", case, more=more, link=f"/kyodo/my/centre/cases/{case.name}")


@frappe.whitelist(methods=["POST"])
def close(case: str):
	"""Close a case and end its follow-up, for the centre and the office. Raises PermissionError."""
	centre.require_centre()
	doc = parties.get_permitted(CASE, case, "write", lock=True)
	doc.state, doc.closed_on, doc.next_on = CLOSED, nowdate(), None
	with by_service(doc):
		doc.save()


@frappe.whitelist(methods=["POST"])
def reopen(case: str):
	"""Reopen a closed case, for the centre and the office. Raises PermissionError."""
	centre.require_centre()
	doc = parties.get_permitted(CASE, case, "write", lock=True)
	doc.state, doc.closed_on = OPEN, None
	with by_service(doc):
		doc.save()


@frappe.whitelist(methods=["POST"])
def invite_client(case: str, email: str) -> None:
	"""Mail a sign-up link to a client without a login, so that the group can register, and add a step to the case.

	For the centre and the office. Raises PermissionError, and ValidationError for an invalid mail address, where logins are
	by invitation only, and for a case of an organisation.
	"""
	centre.require_centre()
	doc = parties.get_permitted(CASE, case, "write", lock=True)
	if doc.organisation:
		frappe.throw(
			_("The case belongs to an organisation already. Its representatives invite their people themselves."), CaseOfOrganisation
		)
	invitations.sign_up(email)
	doc.append("steps", {"done_on": nowdate(), "what": _("The invitation to sign up was mailed.", lang=RECORD_LANGUAGE)})
	with by_service(doc):
		doc.save()
