"""The one way out: an event about a record, told to whom the programme says, in its words.

messages.send("Proposal Received", proposal)
messages.send("Voucher Refused", expense, to=people, reason=…)
"""

from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import cint, get_url

from kyodo_frappe.common import branding, vocabulary
from kyodo_frappe.messages import people, templates
from kyodo_frappe.messages.events import BOTH, CONCERNED, DESK, MAIL, Event, event_of, record_facts
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.rules.era import era_date

FRAME = "kyodo_message"  # templates/emails: what is around every text
LANGUAGE = "ja"  # letters to people in Japan: whatever the language of the desk that sets them off


class Way(NamedTuple):
	"""A row of the programme: how an event is told. `days`: of a reminder, after the due date (negative: before), None where
	the rule of the programme says it; `repeat_days`: again and again that many days later."""

	email_template: str | None = None
	recipients: str = CONCERNED
	channel: str = MAIL
	days: int | None = None
	repeat_days: int = 0


def address(path: str) -> str:
	"""The address of a page, for a mail. Never with the host that a request names: who asks for somebody's new password
	under a host of their own would be sent the key by a click. Without `host_name` in its configuration a site has its
	own name only."""
	request = getattr(frappe.local, "request", None)
	if request is None:
		return get_url(path)
	frappe.local.request = None
	try:
		return get_url(path)
	finally:
		frappe.local.request = request


def send(event: str, doc: Document | None, to: list[dict] | None = None, attachments: dict | None = None, **facts) -> int:
	"""Tell of an event about `doc`; returns how many people it went to.

	`to`: whom it is for (messages/people.py), where it is not for a group that the event names; `facts`: those that the
	record does not say itself; `link` is a path of ours or a whole address. `attachments`: {address: [attachment]}. A
	mail that cannot be sent is noted and stops nothing. The caller has checked who is asking.
	"""
	told = set()
	for way in ways(event_of(event), programme_of(doc)):
		told |= deliver(event_of(event), way, doc, to or [], facts, told, attachments or {}, careful=True)
	return len(told)


def deliver(
	event: Event,
	way: Way,
	doc: Document | None,
	to: list[dict],
	facts: dict,
	told: set[str] = frozenset(),
	attachments: dict | None = None,
	careful: bool = False,
) -> set[str]:
	"""Tell one row's people who are not in `told`; returns their addresses. `careful`: what fails is noted, not raised."""
	city = _city(programme_of(doc))
	said = {**facts_of(event, doc), **facts, "municipality_name": city.municipality_name or ""}
	said["sender"] = "　".join(filter(None, [city.municipality_name, city.entrance_name]))
	words = templates.words_of(event, way.email_template)
	reached = set()
	for person in people.group(way.recipients, doc, to):
		key = person.email.lower()
		if key in told or key in reached:
			continue
		reached.add(key)
		own = {"name": "", "organisation_name": "", **said, **{k: v for k, v in person.items() if k in event.facts and v is not None}}
		own["link"] = _whole(own.get("link"))
		letter = Letter(*_filled(event, words, own), own, (attachments or {}).get(person.email))
		_hand_over(event, way.channel, doc, person, letter, careful)
	return reached


def ways(event: Event, programme: str | None) -> list[Way]:
	"""The rows of a programme for an event that are switched on; the event's own where the programme says nothing of it. One
	that is still being set up tells nobody anything, but for what somebody waits for (a new login)."""
	if programme_visibility.is_draft(programme) and not event.required:
		return []
	rows = _rows_of(programme, event)
	if event.required:
		return [Way(row.email_template) for row in rows[:1]] or [Way()]
	switched_on = [row for row in rows if cint(row.enabled)] if rows else map(frappe._dict, event.ways)
	found = [_way(row) for row in switched_on]
	return [way._replace(recipients=CONCERNED) for way in found] if event.private else found


def _rows_of(programme: str | None, event: Event) -> list[Document]:
	return frappe.get_cached_doc("Kyodo Programme", programme).get("messages", {"event": event.name}) if programme else []


def _way(row: dict) -> Way:
	try:
		days = days_of(row.get("days"))
	except ValueError:
		days = None  # written past the form: as if it were empty
	return Way(
		row.get("email_template") or None,
		row.get("recipients") or CONCERNED,
		row.get("channel") or MAIL,
		days,
		cint(row.get("repeat_days")),
	)


def days_of(value: object) -> int | None:
	"""The days of a row; None for an empty one. Raises ValueError for what is no whole number."""
	text = str(value if value is not None else "").strip()
	return int(text) if text else None


def programme_of(doc: Document | None) -> str | None:
	"""The programme whose rows count: the record's, else the running one that was made first."""
	own = people.belongs_to(doc, "programme")
	return own or programme_visibility.first()


# -- facts ----------------------------------------------------------------------------------


def facts_of(event: Event, doc: Document | None) -> dict:
	"""What the record says itself, as a letter writes it: dates in 和暦, choices in Japanese."""
	return {fact: _said(doc, where) for fact, where in record_facts(event.record).items()} if doc is not None else {}


def _said(doc: Document, where: str):
	if where.startswith("/"):
		return where.format(**{field: doc.get(field) or "" for field in ("name", "project", "organisation", "proposal", "need")})
	*links, field = where.split(".")
	for link in links:
		target = doc.meta.get_field(link).options
		doc = frappe.get_cached_doc(target, doc.get(link)) if doc.get(link) else frappe.new_doc(target)
	return in_words(doc, field)


def in_words(doc: Document, field: str):
	value, df = doc.get(field), doc.meta.get_field(field)
	if value in (None, ""):
		return ""
	if df and df.fieldtype in ("Date", "Datetime"):
		return era_date(frappe.utils.getdate(value))
	if df and df.fieldtype == "Currency":
		return f"{frappe.utils.flt(value):,.0f}"
	return vocabulary.shown(df, value, LANGUAGE) if df and vocabulary.is_choice(df) else value


def _whole(link: str | None) -> str:
	return address(link) if (link or "").startswith("/") else link or ""


def _city(programme: str | None) -> dict:
	fields = ["municipality_name", "entrance_name"]
	return (programme and frappe.db.get_value("Kyodo Programme", programme, fields, as_dict=True)) or frappe._dict()


# -- out of the house -------------------------------------------------------------------------


class Letter(NamedTuple):
	subject: str
	body: str
	facts: dict
	attachments: list | None


def _filled(event: Event, words: tuple[str, str], facts: dict) -> tuple[str, str]:
	try:
		return templates.fill(*words, facts)
	except Exception:  # a template that was changed behind our back must not keep anybody from being told
		frappe.log_error(f"Kyodo: the template of “{event.name}” could not be filled")
		return templates.fill(event.subject, event.text, facts)


def _hand_over(event: Event, channel: str, doc: Document | None, person: dict, letter: Letter, careful: bool):
	at_desk = channel in (DESK, BOTH) and _has_desk(person)
	try:
		if at_desk:
			_ring(person, doc, letter)
		if channel in (MAIL, BOTH) or not at_desk:  # who has no desk would never hear of it
			_mail(event, doc, person, letter)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the database has dropped the whole step: nothing of it may be kept
	except Exception:  # a site without an account for outgoing mail fails in several ways
		if not careful:
			raise
		frappe.log_error("Kyodo: mail could not be sent")


def _mail(event: Event, doc: Document | None, person: dict, letter: Letter):
	city = letter.facts["municipality_name"]
	frappe.sendmail(
		recipients=[person.email],
		subject=f"【{city}】{letter.subject}" if city else letter.subject,
		template=FRAME,
		args={**letter.facts, "event": event.name, "body": letter.body, "look": branding.of_site()},
		reference_doctype=doc and doc.doctype,
		reference_name=doc and doc.name,
		attachments=letter.attachments,
		add_unsubscribe_link=0,  # about the reader's own affair, not a newsletter
	)


def _has_desk(person: dict) -> bool:
	user = person.get("user") or frappe.db.get_value("User", {"email": person.email}, "name")
	return bool(user) and frappe.get_cached_value("User", user, "user_type") == "System User"


def _ring(person: dict, doc: Document | None, letter: Letter):
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"type": "Alert",
			"for_user": person.get("user") or frappe.db.get_value("User", {"email": person.email}, "name"),
			"from_user": frappe.session.user,
			"subject": frappe.utils.escape_html(letter.subject),
			"email_content": letter.body,
			"document_type": doc and doc.doctype,
			"document_name": doc and doc.name,
		}
	).insert(ignore_permissions=True)  # a notice of the app's own
