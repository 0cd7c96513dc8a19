"""Links sent by mail: to sign up, to join an organisation, to set a new password.

A link holds a random key of which only the SHA-256 is kept, so that nobody who reads the database can use it. It works
once and for some days. Whoever opens it has shown that the mailbox is theirs: the key is the right to what it says,
and nothing here tells a guest whether an address has a login.
"""

import hashlib
import re
import secrets
import time

import frappe
from frappe import _
from frappe.core.doctype.user.user import handle_password_test_fail, test_password_strength
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, get_datetime, now_datetime, validate_email_address
from frappe.utils.password import update_password

from kyodo_frappe import messages
from kyodo_frappe.common.language import Translated, _lt
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.field_limits import refuse_tags
from kyodo_frappe.permissions.people import REPRESENTATIVE
from kyodo_frappe.permissions.roles import OFFICER, ORGANISATION
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service

INVITATION = "Kyodo Invitation"
SIGN_UP, JOIN, NEW_PASSWORD, NEW_LOGIN = "Sign Up", "Join Organisation", "New Password", "New Login"
DAYS = {SIGN_UP: 3, JOIN: 14, NEW_PASSWORD: 1, NEW_LOGIN: 14}
PLACE = {SIGN_UP: "join", JOIN: "join", NEW_PASSWORD: "password", NEW_LOGIN: "password"}
SETS_PASSWORD = (NEW_PASSWORD, NEW_LOGIN)
KEPT_DAYS = 30
MAILS_PER_DAY = 5  # to one address
MOST_OPEN = 30  # invitations of one organisation
MOST_IN_A_DAY = 100  # invitations by one person
SHORTEST_PASSWORD = 8
ROLE_WORDS = Translated({"Representative": _lt("Representative"), "Editor": _lt("Editor"), "Viewer": _lt("Viewer")})
EVENTS = {
	JOIN: "Invitation to an Organisation",
	SIGN_UP: "Sign-Up",
	NEW_LOGIN: "Login Given",
	NEW_PASSWORD: "New Password Asked",
}


# -- asked for by guests ----------------------------------------------------------


def sign_up(email: str, full_name: str = ""):
	"""Mail a link to sign up; to who has a login, how to log in. One mail either way: the asker learns nothing.

	Raises ValidationError for what is no mail address, and where the city gives logins by invitation only.
	"""
	if (programme := programme_visibility.first()) and frappe.get_cached_value(programme_visibility.PROGRAMME, programme, "signup_closed"):
		frappe.throw(_("Logins are given by invitation. Please ask your organisation or the office."))
	email = clean_email(email)
	# before anything is looked up: a refusal must not say whether there is such a login
	refuse_tags(full_name, _("Name"))
	if not may_be_mailed(email):
		return
	if login_of(email):
		links = {"login_link": messages.address("/kyodo/login"), "password_link": messages.address("/kyodo/password")}
		messages.send("Sign-Up With a Known Address", None, to=_addressee(email), **links)
	else:
		_send(_new(SIGN_UP, email, full_name=full_name.strip()[:140]))


def forgotten(email: str):
	"""Mail a link to set a new password; to who has no login, that there is none. Otherwise as `sign_up`."""
	email = clean_email(email)
	if not may_be_mailed(email):
		return
	login = login_of(email)
	if login and login.enabled and login.name not in frappe.STANDARD_USERS:
		_send(_new(NEW_PASSWORD, email, full_name=login.full_name))
	else:
		messages.send("New Password Asked Without a Login", None, to=_addressee(email), link="/kyodo/join")


def may_be_mailed(email: str) -> bool:
	"""Nobody fills somebody's mailbox: a few mails a day to one address, more are not sent. The day begins with the first
	mail: a stranger who goes on trying does not keep the address's owner out for longer."""
	key, now = f"kyodo-mails-of-day:{_hash(email)}", int(time.time())
	sent, until = frappe.cache.get_value(key, expires=True) or (0, now + 24 * 60 * 60)
	frappe.cache.set_value(key, (sent + 1, until), expires_in_sec=max(until - now, 1))
	return sent < MAILS_PER_DAY


# -- asked for by an organisation or the office --------------------------------------


@frappe.whitelist(methods=["POST"])
def invite(organisation: str, email: str, member_role: str = "Editor") -> str:
	"""Invite somebody to an organisation; returns the invitation's name. For its representatives and the office.

	Raises PermissionError for others, ValidationError for a bad address, a role that does not exist, who belongs to the
	organisation already, or too many open invitations. Says nothing about whether the address has a login.
	"""
	doc = managed_organisation(organisation)
	email = clean_email(email)
	if member_role not in ROLE_WORDS:
		frappe.throw(_("Please choose a role."))
	if email in {frappe.db.get_value("User", row.user, "email", cache=True) or row.user for row in doc.members}:
		frappe.throw(_("{0} belongs to the organisation already.").format(email))
	for earlier in open_invitations(organisation):
		if earlier.email == email:
			_close(frappe.get_doc(INVITATION, earlier.name), revoked_on=now_datetime())
	if len(open_invitations(organisation)) >= MOST_OPEN:
		frappe.throw(_("There are too many open invitations. Please revoke some first."))
	_check_not_too_many(email)
	invitation = _new(JOIN, email, organisation=organisation, member_role=member_role)
	_send(invitation)
	return invitation.name


def welcome(email: str, full_name: str):
	"""Mail who was given a login a link to choose a password. The caller has checked who is asking."""
	_send(_new(NEW_LOGIN, email, full_name=full_name))


def _check_not_too_many(email: str):
	"""Invitations are no way to send mail about either: to one address, and of one person in a day."""
	day = {"invited_by": frappe.session.user, "creation": [">", add_days(now_datetime(), -1)]}
	if not may_be_mailed(email) or frappe.db.count(INVITATION, day) >= MOST_IN_A_DAY:
		frappe.throw(_("Many invitations were sent already. Please try again tomorrow."))


@frappe.whitelist(methods=["POST"])
def send_again(invitation: str):
	"""Mail an open or expired invitation again, with a new link; the old one works no longer. As `invite`."""
	doc = _of_organisation(invitation)
	_check_not_too_many(doc.email)
	key = secrets.token_hex(20)
	_close(doc, key_hash=_hash(key), expires_on=add_days(now_datetime(), DAYS[doc.purpose]))
	doc.flags.key = key
	_send(doc)


@frappe.whitelist(methods=["POST"])
def revoke(invitation: str):
	"""Take an invitation back. As `invite`."""
	_close(_of_organisation(invitation), revoked_on=now_datetime())


def open_invitations(organisation: str) -> list[dict]:
	"""Invitations to an organisation that are neither accepted nor revoked, expired ones too."""
	return frappe.get_all(
		INVITATION,
		{
			"purpose": JOIN,
			"organisation": organisation,
			"accepted_on": ["is", "not set"],
			"revoked_on": ["is", "not set"],
		},
		["name", "email", "member_role", "expires_on", "creation", "invited_by"],
		order_by="creation asc",
		limit=100,
	)


def _of_organisation(invitation: str) -> Document:
	doc = frappe.get_doc(INVITATION, invitation) if frappe.db.exists(INVITATION, invitation) else None
	if doc is None or not doc.organisation:
		raise frappe.PermissionError
	managed_organisation(doc.organisation)
	if doc.accepted_on or doc.revoked_on:
		frappe.throw(_("This invitation is no longer open."))
	return doc


# -- opening a link ---------------------------------------------------------------------


def find(key: str) -> Document | None:
	"""The invitation that a link's key opens; None if there is none, or it is used up, revoked or expired."""
	name = frappe.db.get_value(INVITATION, {"key_hash": _hash(key)}, "name")
	doc = frappe.get_doc(INVITATION, name) if name else None
	if doc is None or doc.accepted_on or doc.revoked_on or get_datetime(doc.expires_on) < now_datetime():
		return None
	return doc


def accept_as_new(key: str, full_name: str, password: str) -> str:
	"""Make a login for the address a link was sent to, and do what the link says; returns the user.

	Raises ValidationError for a link that is no longer good, an address that has a login by now, a name left empty,
	a password that the site does not accept.
	"""
	invitation = _locked(key, (SIGN_UP, JOIN))
	if login_of(invitation.email):
		frappe.throw(_("This address has a login already. Please log in."))
	full_name = " ".join((full_name or "").split())[:140]
	if not full_name:
		frappe.throw(_("Please give your name."))
	check_password(password, (full_name, invitation.email))
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": invitation.email,
			# the whole name: Frappe puts a last name behind the first, a Japanese one comes before
			"first_name": full_name,
			"send_welcome_email": 0,
			"language": "en" if (frappe.local.lang or "ja").startswith("en") else "ja",
			"roles": [{"role": ORGANISATION}],
		}
	)
	user.flags.no_welcome_mail = True
	user.insert(ignore_permissions=True)  # the key has shown that the mailbox is the new user's own
	update_password(user.name, password)
	_follow(invitation, user.name)
	return user.name


def accept(key: str) -> str:
	"""Accept an invitation as the current user, whose address it has to be; returns the organisation."""
	invitation = _locked(key, (JOIN,))
	user = frappe.session.user
	if user == "Guest" or not is_for(invitation, user):
		frappe.throw(_("This invitation was sent to another address."), frappe.PermissionError)
	_follow(invitation, user)
	return invitation.organisation


def set_password(key: str, password: str) -> str:
	"""Set a new password by a link; returns the user. All other sessions of theirs end. Raises as `accept_as_new`."""
	invitation = _locked(key, SETS_PASSWORD)
	login = login_of(invitation.email)
	if not login or not login.enabled or login.name in frappe.STANDARD_USERS:
		frappe.throw(_("This link is no longer valid. Please ask for a new one."))
	check_password(password, (login.full_name, invitation.email))
	update_password(login.name, password, logout_all_sessions=True)
	# the age of the password, by which a site may ask for a new one
	frappe.db.set_value("User", login.name, "last_password_reset_date", now_datetime().date())
	_close(invitation, accepted_on=now_datetime(), accepted_by=login.name)
	return login.name


def is_for(invitation: Document, user: str) -> bool:
	"""Whether a login was made for the address that was invited; what it has written into `User.email` is no proof."""
	return invitation.email == user.lower()


def has_login(invitation: Document) -> bool:
	"""Whether the address has a login; told only to who holds the key."""
	return bool(login_of(invitation.email))


def check_password(password: str, about: tuple[str, ...] = ()):
	"""Raise ValidationError with one sentence for a password that is too short or that the site's policy refuses."""
	if len(password or "") < SHORTEST_PASSWORD:
		frappe.throw(_("Please choose a password of at least {0} characters.").format(SHORTEST_PASSWORD))
	feedback = test_password_strength(password, user_data=about).get("feedback")
	if feedback and not feedback.get("password_policy_validation_passed", False):
		try:
			handle_password_test_fail(feedback)
		except frappe.ValidationError as error:
			frappe.clear_messages()
			frappe.throw(_("This password is too easy to guess. {0}").format(str(error)))


def _locked(key: str, purposes: tuple[str, ...]) -> Document:
	doc = find(key)
	if doc:
		# two clicks at once: the second waits here and finds the link used up
		locking.lock((INVITATION, doc.name))
		doc = find(key)
	if doc is None or doc.purpose not in purposes:
		frappe.throw(_("This link is no longer valid. Please ask for a new one."))
	return doc


def _follow(invitation: Document, user: str):
	if invitation.purpose == JOIN:
		_join(invitation, user)
	_close(invitation, accepted_on=now_datetime(), accepted_by=user)


def _join(invitation: Document, user: str):
	doc = frappe.get_doc("Kyodo Organisation", invitation.organisation, for_update=True)
	if doc.workflow_state == "Withdrawn":
		frappe.throw(_("This organisation is no longer registered here."))
	if doc.role_of(user):
		return
	doc.append("members", {"user": user, "member_role": invitation.member_role})
	with by_service(doc):
		doc.save(ignore_permissions=True)  # a representative or the office has invited this address


# -- keeping ---------------------------------------------------------------------------


def delete_old(today=None) -> int:
	"""Daily: invitations that were used, revoked or expired more than 30 days ago go; returns how many."""
	before = add_to_date(today or now_datetime(), days=-KEPT_DAYS)
	invitation = frappe.qb.DocType(INVITATION)
	over = (invitation.expires_on < before) | (invitation.accepted_on < before) | (invitation.revoked_on < before)
	names = frappe.qb.from_(invitation).select(invitation.name).where(over).orderby(invitation.name).run(pluck=True)
	for name in names:
		# the scheduler's own housekeeping
		frappe.delete_doc(INVITATION, name, ignore_permissions=True, delete_permanently=True)
	return len(names)


def clean_email(email: str) -> str:
	"""A mail address in small letters. Raises ValidationError for what is none."""
	address = (email or "").strip().lower()
	one = address and len(address) <= 140 and not re.search(r"[\s,;<>\"]", address)
	if not one or validate_email_address(address) != address:
		frappe.throw(_("Please enter a mail address."))
	return address


def _new(purpose: str, email: str, **values) -> Document:
	key = secrets.token_hex(20)
	doc = frappe.get_doc(
		{
			"doctype": INVITATION,
			"purpose": purpose,
			"email": email,
			"expires_on": add_days(now_datetime(), DAYS[purpose]),
			"key_hash": _hash(key),
			"invited_by": None if frappe.session.user == "Guest" else frappe.session.user,
			**values,
		}
	)
	with by_service(doc):
		doc.insert(ignore_permissions=True)  # nobody makes one by hand; who may ask for it has been checked
	doc.flags.key = key
	return doc


def _close(doc: Document, **values):
	doc.update(values)
	with by_service(doc):
		doc.save(ignore_permissions=True)  # nobody writes one by hand; who may do this has been checked


def _send(doc: Document):
	# what a stranger typed as a name is not mailed to whatever address they typed
	to = _addressee(doc.email, "" if doc.purpose == SIGN_UP else doc.full_name)
	facts = {"link": f"/kyodo/{PLACE[doc.purpose]}/{doc.flags.key}", "days": DAYS[doc.purpose]}
	organisation = None
	if doc.purpose == JOIN:
		organisation = frappe.get_doc("Kyodo Organisation", doc.organisation)
		facts |= {"inviter": frappe.utils.get_fullname(doc.invited_by), "role": ROLE_WORDS[doc.member_role]}
	messages.send(EVENTS[doc.purpose], organisation, to=to, **facts)


def _addressee(email: str, name: str | None = "") -> list[dict]:
	return [frappe._dict(email=email, name=name or "")]


def login_of(email: str) -> dict | None:
	"""{name, enabled, full_name} of the login that was made for an address; for callers that tell nobody who must not
	know. Not by `User.email`: a login could take another's address there and be given what that person was meant to get."""
	return frappe.db.get_value("User", email, ["name", "enabled", "full_name"], as_dict=True)


def _hash(text: str) -> str:
	return hashlib.sha256((text or "").encode()).hexdigest()


# -- who manages the people of an organisation -----------------------------------------


def managed_organisation(organisation: str) -> Document:
	"""An organisation, locked, whose people the current user may change: a representative of it, or the office.

	Raises PermissionError, the same for what is not there and what is not open.
	"""
	user = frappe.session.user
	if not frappe.db.exists("Kyodo Organisation", organisation):
		raise frappe.PermissionError
	locking.lock(("Kyodo Organisation", organisation))
	doc = frappe.get_doc("Kyodo Organisation", organisation, for_update=True)
	if not doc.has_permission("write"):
		raise frappe.PermissionError
	if doc.role_of(user) not in REPRESENTATIVE and user != "Administrator" and OFFICER not in frappe.get_roles(user):
		frappe.throw(_("Only a representative can change who belongs to the organisation."), frappe.PermissionError)
	return doc
