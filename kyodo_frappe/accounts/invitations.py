"""Links sent by mail: to sign up, to join an organisation, to set a new password.

A link holds a random key of which only the SHA-256 is stored, so that readers of the database cannot use it. It works once and for a
few days. Opening it proves access to the mailbox: the key grants what the link says, and guests never learn whether an address has a
login.
"""

import hashlib
import re
import secrets
import time
from urllib.parse import quote

import frappe
from frappe import _
from frappe.core.doctype.user.user import handle_password_test_fail, test_password_strength
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, cint, get_datetime, now_datetime, validate_email_address
from frappe.utils.password import update_password

from kyodo_frappe import messages
from kyodo_frappe.accounts.errors import (
	AlreadyMember,
	InvitationNeeded,
	InvitationOver,
	LinkExpired,
	LoginExists,
	NameMissing,
	RoleMissing,
	TooManyInvitations,
	WeakPassword,
)
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import Translated, _lt
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.field_limits import refuse_tags
from kyodo_frappe.permissions.people import REPRESENTATIVE
from kyodo_frappe.permissions.roles import OFFICER, ORGANISATION
from kyodo_frappe.rules.width import plain_line
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service

INVITATION = "Kyodo Invitation"
SIGN_UP, JOIN, NEW_PASSWORD, NEW_LOGIN = "Sign Up", "Join Organisation", "New Password", "New Login"
LOG_IN = "Log In"
VALID_DAYS = {SIGN_UP: 3, JOIN: 14, NEW_PASSWORD: 1, NEW_LOGIN: 14}
PAGES = {SIGN_UP: "join", JOIN: "join", NEW_PASSWORD: "password", NEW_LOGIN: "password", LOG_IN: "login"}
SETS_PASSWORD = (NEW_PASSWORD, NEW_LOGIN)
KEPT_DAYS = 30
MAILS_PER_DAY = 5  # to one address
MAX_OPEN = 30  # invitations of one organisation
MAX_PER_DAY = 100  # invitations by one person
MIN_PASSWORD_LENGTH = 8
ROLE_WORDS = Translated({"Representative": _lt("Representative"), "Editor": _lt("Editor"), "Viewer": _lt("Viewer")})
EVENTS = {
	JOIN: "Invitation to an Organisation",
	SIGN_UP: "Sign-Up",
	NEW_LOGIN: "Login Given",
	NEW_PASSWORD: "New Password Asked",
	LOG_IN: "Login Link Asked",
}


# -- requests of guests ----------------------------------------------------------


def sign_up(email: str, full_name: str = ""):
	"""Mail a link to sign up, or, to an address with a login, how to log in: one mail either way.

	Raises ValidationError for an invalid address, and where the city gives logins by invitation only.
	"""
	if (programme := programme_visibility.first()) and frappe.get_cached_value(programme_visibility.PROGRAMME, programme, "signup_closed"):
		frappe.throw(_("Logins are given by invitation. Please ask your organisation or the office."), InvitationNeeded)
	email = clean_email(email)
	# before the lookup: a refusal must not reveal whether the login exists
	refuse_tags(full_name, _("Name"))
	if not may_be_mailed(email):
		return
	if login_of(email):
		links = {"login_link": messages.address("/kyodo/login"), "password_link": messages.address("/kyodo/password")}
		messages.send("Sign-Up With a Known Address", None, to=_recipient(email), **links)
	else:
		_send(_new(SIGN_UP, email, full_name=full_name.strip()[:140]))


def request_new_password(email: str):
	"""Mail a link to set a new password, or, to an address without a login, that there is none. Raises as `sign_up`."""
	email = clean_email(email)
	if not may_be_mailed(email):
		return
	if login := _open_login(email):
		_send(_new(NEW_PASSWORD, email, full_name=login.full_name))
	else:
		messages.send("New Password Asked Without a Login", None, to=_recipient(email), link="/kyodo/join")


def request_login_link(email: str, to: str = ""):
	"""Mail a link to log in without a password, or, to an address without a login, that there is none. Raises as `sign_up`.

	`to`: the page of ours to open then. Does nothing unless the site offers it (`offers_login_link`).
	"""
	if not offers_login_link():
		return
	email = clean_email(email)
	if not may_be_mailed(email):
		return
	if login := _open_login(email):
		_send(_new(LOG_IN, email, full_name=login.full_name), to)
	else:
		messages.send("New Password Asked Without a Login", None, to=_recipient(email), link="/kyodo/join")


def offers_login_link() -> bool:
	"""Whether the site lets people log in by a link in a mail: Frappe's own setting, on unless the city has switched it off."""
	return bool(cint(frappe.get_system_settings("login_with_email_link")))


def login_link_minutes() -> int:
	"""Return for how many minutes such a link works: Frappe's own setting."""
	return cint(frappe.get_system_settings("login_with_email_link_expiry")) or 10


def _open_login(email: str) -> dict | None:
	login = login_of(email)
	return login if login and login.enabled and login.name not in frappe.STANDARD_USERS else None


def may_be_mailed(email: str) -> bool:
	"""Count a mail to an address, and return whether it may be sent: MAILS_PER_DAY in a day.

	The day begins with the first mail, so that a stranger who keeps trying does not lock the owner of the address out for longer.
	"""
	key, now = f"kyodo-mails-of-day:{_hash(email)}", int(time.time())
	sent, until = frappe.cache.get_value(key, expires=True) or (0, now + 24 * 60 * 60)
	frappe.cache.set_value(key, (sent + 1, until), expires_in_sec=max(until - now, 1))
	return sent < MAILS_PER_DAY


# -- requests of organisations and the office --------------------------------------


@frappe.whitelist(methods=["POST"])
def invite(organisation: str, email: str, member_role: str = "Editor") -> str:
	"""Invite somebody to an organisation; returns the name of the invitation.

	Raises PermissionError for others than its representatives and the office; ValidationError for an invalid address or role, a member, or
	too many open invitations; TooManyInvitations. Does not reveal whether the address has a login.
	"""
	doc = managed_organisation(organisation)
	email = clean_email(email)
	if member_role not in ROLE_WORDS:
		frappe.throw(_("Please choose a role."), RoleMissing)
	if email in {frappe.db.get_value("User", row.user, "email", cache=True) or row.user for row in doc.members}:
		frappe.throw(_("{0} is already a member of the organisation.").format(email), AlreadyMember)
	for earlier in open_invitations(organisation):
		if earlier.email == email:
			_close(frappe.get_doc(INVITATION, earlier.name), revoked_on=now_datetime())
	if len(open_invitations(organisation)) >= MAX_OPEN:
		frappe.throw(_("There are too many open invitations. Please revoke some first."), TooManyInvitations)
	_check_not_too_many(email)
	invitation = _new(JOIN, email, organisation=organisation, member_role=member_role)
	_send(invitation)
	return invitation.name


def welcome(email: str, full_name: str):
	"""Mail a new user a link to choose a password. The caller has checked the permission."""
	_send(_new(NEW_LOGIN, email, full_name=full_name))


def _check_not_too_many(email: str):
	"""Raise TooManyInvitations, counted by address and by user in a day."""
	day = {"invited_by": frappe.session.user, "creation": [">", add_days(now_datetime(), -1)]}
	if not may_be_mailed(email) or frappe.db.count(INVITATION, day) >= MAX_PER_DAY:
		frappe.throw(_("Too many invitations have been sent today. Please try again tomorrow."), exc=TooManyInvitations)


@frappe.whitelist(methods=["POST"])
def send_again(invitation: str):
	"""Mail an open or expired invitation again with a new link; the old link stops working. Raises as `invite`."""
	doc = _open_invitation(invitation)
	_check_not_too_many(doc.email)
	key = secrets.token_hex(20)
	_close(doc, key_hash=_hash(key), expires_on=_expiry(doc.purpose))
	doc.flags.key = key
	_send(doc)


@frappe.whitelist(methods=["POST"])
def revoke(invitation: str):
	"""Revoke an invitation. Raises as `invite`."""
	_close(_open_invitation(invitation), revoked_on=now_datetime())


def open_invitations(organisation: str) -> list[dict]:
	"""Return the invitations to an organisation that are neither accepted nor revoked, expired ones included."""
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


def _open_invitation(invitation: str) -> Document:
	doc = frappe.get_doc(INVITATION, invitation) if frappe.db.exists(INVITATION, invitation) else None
	if doc is None or not doc.organisation:
		raise frappe.PermissionError
	managed_organisation(doc.organisation)
	if doc.accepted_on or doc.revoked_on:
		frappe.throw(_("This invitation is no longer open."), InvitationOver)
	return doc


# -- opening a link ---------------------------------------------------------------------


def find(key: str) -> Document | None:
	"""Return the invitation that a key opens; None for an unknown, used, revoked or expired one."""
	name = frappe.db.get_value(INVITATION, {"key_hash": _hash(key)}, "name")
	doc = frappe.get_doc(INVITATION, name) if name else None
	if doc is None or doc.accepted_on or doc.revoked_on or get_datetime(doc.expires_on) < now_datetime():
		return None
	return doc


def accept_as_new(key: str, full_name: str, password: str) -> str:
	"""Create a login for the address that a link was sent to, and apply the link; returns the user.

	Raises ValidationError for a link that is no longer valid, an address with a login, an empty name, or a password that the site refuses.
	"""
	invitation = _locked(key, (SIGN_UP, JOIN))
	if login_of(invitation.email):
		frappe.throw(_("This address already has a login. Please log in."), LoginExists)
	full_name = " ".join((full_name or "").split())[:140]
	if not full_name:
		frappe.throw(_("Please give your name."), NameMissing)
	check_password(password, (full_name, invitation.email))
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": invitation.email,
			# the whole name: Frappe would put the family name last
			"first_name": full_name,
			"send_welcome_email": 0,
			"language": "en" if (frappe.local.lang or "ja").startswith("en") else "ja",
			"roles": [{"role": ORGANISATION}],
		}
	)
	user.flags.no_welcome_mail = True
	user.insert(ignore_permissions=True)  # the key proves access to the mailbox
	update_password(user.name, password)
	_use(invitation, user.name)
	return user.name


def accept(key: str) -> str:
	"""Accept an invitation as the current user; returns the organisation. Raises PermissionError for another address."""
	invitation = _locked(key, (JOIN,))
	user = frappe.session.user
	if user == "Guest" or not is_for(invitation, user):
		frappe.throw(_("This invitation was sent to another address."), frappe.PermissionError)
	_use(invitation, user)
	return invitation.organisation


def set_password(key: str, password: str) -> str:
	"""Set a new password by a link and end all other sessions; returns the user. Raises as `accept_as_new`."""
	invitation = _locked(key, SETS_PASSWORD)
	login = _open_login(invitation.email)
	if not login:
		frappe.throw(_("This link is no longer valid. Please ask for a new one."), LinkExpired)
	check_password(password, (login.full_name, invitation.email))
	update_password(login.name, password, logout_all_sessions=True)
	# sites may require a new password after some days
	frappe.db.set_value("User", login.name, "last_password_reset_date", now_datetime().date())
	_close(invitation, accepted_on=now_datetime(), accepted_by=login.name)
	return login.name


def use_login_link(key: str) -> str:
	"""Use up a link to log in; returns the user. Raises LinkExpired for one that is used, over, or of a login that is disabled."""
	invitation = _locked(key, (LOG_IN,))
	login = _open_login(invitation.email)
	if not login:
		frappe.throw(_("This link is no longer valid. Please ask for a new one."), LinkExpired)
	_close(invitation, accepted_on=now_datetime(), accepted_by=login.name)
	return login.name


def is_for(invitation: Document, user: str) -> bool:
	"""Whether a login was created for the invited address; its editable `User.email` is no proof."""
	return invitation.email == user.lower()


def has_login(invitation: Document) -> bool:
	"""Whether the invited address has a login; for holders of the key only."""
	return bool(login_of(invitation.email))


def check_password(password: str, about: tuple[str, ...] = ()):
	"""Raise WeakPassword for a password that is too short, or that the site's policy refuses."""
	if len(password or "") < MIN_PASSWORD_LENGTH:
		frappe.throw(_("Please choose a password of at least {0} characters.").format(MIN_PASSWORD_LENGTH), WeakPassword)
	feedback = test_password_strength(password, user_data=about).get("feedback")
	if feedback and not feedback.get("password_policy_validation_passed", False):
		try:
			handle_password_test_fail(feedback)
		except frappe.ValidationError as error:
			frappe.clear_messages()
			frappe.throw(_("This password is too easy to guess. {0}").format(str(error)), WeakPassword)


def _locked(key: str, purposes: tuple[str, ...]) -> Document:
	doc = find(key)
	if doc:
		# of two simultaneous clicks, the second waits here and finds the link used
		locking.lock((INVITATION, doc.name))
		doc = find(key)
	if doc is None or doc.purpose not in purposes:
		frappe.throw(_("This link is no longer valid. Please ask for a new one."), LinkExpired)
	return doc


def _use(invitation: Document, user: str):
	if invitation.purpose == JOIN:
		_join(invitation, user)
	_close(invitation, accepted_on=now_datetime(), accepted_by=user)


def _join(invitation: Document, user: str):
	doc = frappe.get_doc("Kyodo Organisation", invitation.organisation, for_update=True)
	if doc.workflow_state == "Withdrawn":
		frappe.throw(_("This organisation is no longer registered here."), InvitationOver)
	if doc.role_of(user):
		return
	doc.append("members", {"user": user, "member_role": invitation.member_role})
	with by_service(doc):
		doc.save(ignore_permissions=True)  # a representative or the office has invited this address


# -- storage ---------------------------------------------------------------------------


def delete_old(today=None) -> int:
	"""Delete invitations that were used, revoked or expired more than 30 days ago, daily; returns their number."""
	before = add_to_date(today or now_datetime(), days=-KEPT_DAYS)
	invitation = frappe.qb.DocType(INVITATION)
	over = (invitation.expires_on < before) | (invitation.accepted_on < before) | (invitation.revoked_on < before)
	names = frappe.qb.from_(invitation).select(invitation.name).where(over).orderby(invitation.name).run(pluck=True)
	for name in names:
		# the scheduler's own housekeeping
		frappe.delete_doc(INVITATION, name, ignore_permissions=True, delete_permanently=True)
	return len(names)


def clean_email(email: str) -> str:
	"""Return a mail address in lower case. Raises ValidationError for an invalid one."""
	address = plain_line(email or "").lower()
	is_single = address and len(address) <= 140 and not re.search(r"[\s,;<>\"]", address)
	if not is_single or validate_email_address(address) != address:
		frappe.throw(_("Please enter a mail address."), InputMissing)
	return address


def _new(purpose: str, email: str, **values) -> Document:
	key = secrets.token_hex(20)
	doc = frappe.get_doc(
		{
			"doctype": INVITATION,
			"purpose": purpose,
			"email": email,
			"expires_on": _expiry(purpose),
			"key_hash": _hash(key),
			"invited_by": None if frappe.session.user == "Guest" else frappe.session.user,
			**values,
		}
	)
	with by_service(doc):
		doc.insert(ignore_permissions=True)  # nobody has the right to create one; checked by the caller
	doc.flags.key = key
	return doc


def _expiry(purpose: str):
	if purpose == LOG_IN:
		return add_to_date(now_datetime(), minutes=login_link_minutes())
	return add_days(now_datetime(), VALID_DAYS[purpose])


def _close(doc: Document, **values):
	doc.update(values)
	with by_service(doc):
		doc.save(ignore_permissions=True)  # nobody has the right to write one; checked by the caller


def _send(doc: Document, opens: str = ""):
	# the name that a stranger typed is not mailed to an address of their choice
	to = _recipient(doc.email, "" if doc.purpose == SIGN_UP else doc.full_name)
	link = f"/kyodo/{PAGES[doc.purpose]}/{doc.flags.key}"
	facts = {"link": f"{link}?to={quote(opens, safe='/')}" if opens else link}
	facts |= {"minutes": login_link_minutes()} if doc.purpose == LOG_IN else {"days": VALID_DAYS[doc.purpose]}
	organisation = None
	if doc.purpose == JOIN:
		organisation = frappe.get_doc("Kyodo Organisation", doc.organisation)
		facts |= {"inviter": frappe.utils.get_fullname(doc.invited_by), "role": ROLE_WORDS[doc.member_role]}
	messages.send(EVENTS[doc.purpose], organisation, to=to, **facts)


def _recipient(email: str, name: str | None = "") -> list[dict]:
	return [frappe._dict(email=email, name=name or "")]


def login_of(email: str) -> dict | None:
	"""{name, enabled, full_name} of the login that was created for an address, or None.

	For callers that do not reveal it. Not looked up by `User.email`, in which a login could write another's address.
	"""
	return frappe.db.get_value("User", email, ["name", "enabled", "full_name"], as_dict=True)


def _hash(text: str) -> str:
	return hashlib.sha256((text or "").encode()).hexdigest()


# -- permission to manage members -----------------------------------------


def managed_organisation(organisation: str) -> Document:
	"""Return an organisation, locked, whose members the current user may change: as a representative, or the office.

	Raises PermissionError, the same for an organisation that does not exist.
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
