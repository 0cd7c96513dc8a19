"""Cases of the support centre: who asked what, what was done, what was answered (domain.md §3: 国立市, 支援センターの機能).

Somebody asks in the portal, or staff write down a visit or a call. The state follows from the record: answered as soon as
there is an answer, closed and opened again by the functions here.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime, nowdate

from kyodo_frappe import messages
from kyodo_frappe.accounts import invitations
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.messages import people
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.people import organisations_of
from kyodo_frappe.permissions.roles import ORGANISATION, require
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.support import staff as centre
from kyodo_frappe.workflows.guard import by_service

CASE = "Kyodo Support Case"
OPEN, ANSWERED, CLOSED = "Open", "Answered", "Closed"
PORTAL = "Portal"
MOST_IN_A_DAY = 20  # questions of one person


def tell_answer(case: Document):
	"""Mail a new answer to who asked in the portal."""
	if not case.asked_by or not case.answer or not case.has_value_changed("answer"):
		return
	messages.send("Case Answered", case, to=people.recipient(case.asked_by), link="/kyodo/my/support#cases")


@frappe.whitelist(methods=["POST"])
def ask(subject: str, content: str, topic: str = "Other", organisation: str = "", about_need: str = "") -> str:
	"""Ask the support centre from the portal, for an organisation of one's own or as an individual; returns the case.

	Raises PermissionError for who has no login of the portal or does not belong to the organisation, ValidationError.
	"""
	require(ORGANISATION)
	user = frappe.session.user
	if organisation and organisation not in organisations_of(user):
		raise frappe.PermissionError
	if not subject.strip() or not content.strip():
		frappe.throw(_("Please write in a few words what it is about, and what you would like to ask."))
	_check_not_too_many(user)
	case = frappe.get_doc(
		{
			"doctype": CASE,
			"programme": centre.programme_of(organisation),
			"subject": subject.strip(),
			"content": content.strip(),
			"topic": topic,
			"channel": PORTAL,
			"organisation": organisation or None,
			# an organisation is reached as registered: the record drops these two then
			"client_name": frappe.utils.get_fullname(user),
			"client_contact": frappe.db.get_value("User", user, "email"),
			"about_need": frappe.db.get_value("Kyodo Need", {"name": about_need, "published": 1}),
			"asked_by": user,
		}
	)
	with by_service(case):
		case.insert(ignore_permissions=True)  # whoever has a login may ask; cases are the centre's records
	_tell_asked(case)
	return case.name


def _check_not_too_many(user: str):
	day = {"asked_by": user, "creation": [">", add_days(now_datetime(), -1)]}
	if frappe.db.count(CASE, day) >= MOST_IN_A_DAY:
		frappe.throw(_("You have asked many questions today already. Please phone the centre or try again tomorrow."))


@frappe.whitelist(methods=["POST"])
def ask_more(case: str, question: str):
	"""Ask on in a case of one's own; it opens again. Raises PermissionError, ValidationError."""
	doc = parties.opened(CASE, case, lock=True)
	if doc.asked_by != frappe.session.user and doc.organisation not in organisations_of(frappe.session.user):
		raise frappe.PermissionError
	if not question.strip():
		frappe.throw(_("Please write what you would like to ask."))
	earlier = [doc.content, *([f"［{_('Answer', lang=RECORD_LANGUAGE)}］\n{doc.answer}"] if doc.answer else [])]
	doc.content = "\n\n".join([*earlier, f"［{_('Asked again', lang=RECORD_LANGUAGE)}　{era_date(nowdate())}］\n{question.strip()}"])
	doc.answer, doc.state, doc.closed_on, doc.asked_by = None, OPEN, None, frappe.session.user
	with by_service(doc):
		doc.save(ignore_permissions=True)  # who asked goes on asking; the rest of the record stays the centre's
	_tell_asked(doc, more=True)


def _tell_asked(case: Document, more: bool = False):
	messages.send("Case Asked", case, more=more, link=f"/kyodo/my/centre/cases/{case.name}")


@frappe.whitelist(methods=["POST"])
def close(case: str):
	"""A case is done with; it is followed up no longer. For the centre and the office. Raises PermissionError."""
	centre.require_centre()
	doc = parties.opened(CASE, case, "write", lock=True)
	doc.state, doc.closed_on, doc.next_on = CLOSED, nowdate(), None
	with by_service(doc):
		doc.save()


@frappe.whitelist(methods=["POST"])
def reopen(case: str):
	"""Take a closed case up again. For the centre and the office. Raises PermissionError."""
	centre.require_centre()
	doc = parties.opened(CASE, case, "write", lock=True)
	doc.state, doc.closed_on = OPEN, None
	with by_service(doc):
		doc.save()


@frappe.whitelist(methods=["POST"])
def invite_client(case: str, email: str) -> None:
	"""Mail a link to sign up to a client without a login, so that the group can register itself; noted as a step.

	For the centre and the office. Raises PermissionError, ValidationError (no mail address; logins by invitation only).
	"""
	centre.require_centre()
	doc = parties.opened(CASE, case, "write", lock=True)
	if doc.organisation:
		frappe.throw(_("The case belongs to an organisation already. Its representatives invite their people themselves."))
	invitations.sign_up(email)
	doc.append("steps", {"done_on": nowdate(), "what": _("The invitation to sign up was mailed.", lang=RECORD_LANGUAGE)})
	with by_service(doc):
		doc.save()
