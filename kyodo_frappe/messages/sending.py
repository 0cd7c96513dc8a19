"""Sending of messages about a record, to the recipients and with the templates that the programme declares.

messages.send("Proposal Received", proposal)
messages.send("Voucher Refused", expense, to=people, reason=…)
"""

import datetime
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import cint, get_url

from kyodo_frappe.common import vocabulary
from kyodo_frappe.messages import delivery, outbox, people, rehearsal, templates
from kyodo_frappe.messages.delivery import AT_DESK, BY_MAIL, IN_PORTAL, Delivery, Message
from kyodo_frappe.messages.events import BOTH, CONCERNED, DESK, MAIL, Event, all_events, event_of, record_facts
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.rules.era import era_date, time_text

LANGUAGE = "ja"  # whatever the language of the user who triggers the message


class MessageRow(NamedTuple):
	"""A message row of the programme.

	`days`: for reminders, days after the due date (negative: before), or None if a rule of the programme gives them;
	`repeat_days`: interval of further reminders, 0 for none.
	"""

	email_template: str | None = None
	recipients: str = CONCERNED
	channel: str = MAIL
	days: int | None = None
	repeat_days: int = 0


def address(path: str) -> str:
	"""Return the absolute URL of a page for a mail, from `host_name` of the site's configuration or the name of the site.

	The Host header of the request is ignored: an attacker could request a password reset under a host of their own and
	receive the key when the victim clicks the link.
	"""
	request = getattr(frappe.local, "request", None)
	if request is None:
		return get_url(path)
	frappe.local.request = None
	try:
		return get_url(path)
	finally:
		frappe.local.request = request


def send(event: str, doc: Document | None, to: list[dict] | None = None, attachments: dict | None = None, **facts) -> int:
	"""Send the message of an event about `doc`; returns the number of recipients.

	`to`: the persons concerned (shaped as in messages/people.py); `facts`: those that the record does not provide, of which
	`link` is a path or a full address; `attachments`: {mail address: [attachment]}. The messages are handed over after the
	commit (outbox.py); failures are logged. The caller has checked permissions.
	"""
	told, found = set(), []
	for way in message_rows(event_of(event), programme_of(doc)):
		reached, deliveries = _deliveries(event_of(event), way, doc, to or [], facts, told, attachments or {})
		told |= reached
		found += deliveries
	outbox.put(found)
	return len(told)


def told_of(event: str, doc: Document, to: list[dict] = ()) -> list[dict]:
	"""Return the persons who would receive the message of an event about `doc`, each once; [] for an unknown event. to: as in `send`."""
	if event not in all_events():
		return []
	ways = message_rows(event_of(event), programme_of(doc))
	return list({person.email.lower(): person for way in ways for person in people.recipients_of(way.recipients, doc, [*to])}.values())


def deliver(event: Event, way: MessageRow, doc: Document | None, to: list[dict], facts: dict, told: set[str] = frozenset()) -> set[str]:
	"""Send the message to the recipients of one row, at once; returns their addresses. Failures are raised.

	`told`: addresses to skip; other arguments as in `send`.
	"""
	reached, deliveries = _deliveries(event, way, doc, to, facts, told, {})
	for each in deliveries:
		delivery.hand_over(each, careful=False)
	return reached


def _deliveries(
	event: Event, way: MessageRow, doc: Document | None, to: list[dict], facts: dict, told: set[str], attachments: dict
) -> tuple[set[str], list[Delivery]]:
	"""(addresses of the recipients of one row, their messages); no messages in a rehearsal."""
	city = _city(programme_of(doc))
	said = {**facts_of(event, doc), **facts, "municipality_name": city.municipality_name or ""}
	said["sender"] = "　".join(filter(None, [city.municipality_name, city.entrance_name]))
	words = templates.template_of(event, way.email_template)
	reached, found = set(), []
	for person in people.recipients_of(way.recipients, doc, to):
		key = person.email.lower()
		if key in told or key in reached:
			continue
		reached.add(key)
		own = {"name": "", "organisation_name": "", **said, **{k: v for k, v in person.items() if k in event.facts and v is not None}}
		own["link"] = _full_address(own.get("link"))
		message = Message(*_fill_template(event, words, own), own, attachments.get(person.email))
		found.append(_delivery(event, way.channel, doc, person, message))
	return reached, [each for each in found if each is not None]


def message_rows(event: Event, programme: str | None) -> list[MessageRow]:
	"""Return the enabled rows of a programme for an event, or the event's defaults if the programme has none.

	Draft programmes send required messages only, such as the invitation of a new user.
	"""
	if programme_visibility.is_draft(programme) and not event.required:
		return []
	rows = _rows_of(programme, event)
	if event.required:
		return [MessageRow(row.email_template) for row in rows[:1]] or [MessageRow()]
	switched_on = [row for row in rows if cint(row.enabled)] if rows else map(frappe._dict, event.ways)
	found = [_way(row) for row in switched_on]
	return [way._replace(recipients=CONCERNED) for way in found] if event.private else found


def _rows_of(programme: str | None, event: Event) -> list[Document]:
	return frappe.get_cached_doc("Kyodo Programme", programme).get("messages", {"event": event.name}) if programme else []


def _way(row: dict) -> MessageRow:
	try:
		days = days_of(row.get("days"))
	except ValueError:
		days = None  # an invalid value saved without validation counts as empty
	return MessageRow(
		row.get("email_template") or None,
		row.get("recipients") or CONCERNED,
		row.get("channel") or MAIL,
		days,
		cint(row.get("repeat_days")),
	)


def days_of(value: object) -> int | None:
	"""Return the days of a row, or None if empty. Raises ValueError unless it is a whole number."""
	text = str(value if value is not None else "").strip()
	return int(text) if text else None


def programme_of(doc: Document | None) -> str | None:
	"""Return the programme whose rows apply: that of the record, or the oldest active one."""
	own = people.belongs_to(doc, "programme")
	return own or programme_visibility.first()


# -- facts ----------------------------------------------------------------------------------


def facts_of(event: Event, doc: Document | None) -> dict:
	"""Return the facts that the record provides, formatted for messages: dates in 和暦, choices in Japanese."""
	return {fact: _fact(doc, where) for fact, where in record_facts(event.record).items()} if doc is not None else {}


def _fact(doc: Document, where: str):
	if where.startswith("/"):
		return where.format(**{field: doc.get(field) or "" for field in ("name", "project", "organisation", "proposal", "need", "call")})
	*links, field = where.split(".")
	for link in links:
		target = doc.meta.get_field(link).options
		doc = frappe.get_cached_doc(target, doc.get(link)) if doc.get(link) else frappe.new_doc(target)
	return formatted(doc, field)


def formatted(doc: Document, field: str):
	"""Return the value of a field as messages write it."""
	value, df = doc.get(field), doc.meta.get_field(field)
	if value in (None, ""):
		return ""
	if df and df.fieldtype in ("Date", "Datetime"):
		return era_date(frappe.utils.getdate(value))
	if df and df.fieldtype == "Currency":
		return f"{frappe.utils.flt(value):,.0f}"
	return vocabulary.shown(df, value, LANGUAGE) if df and vocabulary.is_choice(df) else value


def receipt(handed_in_on: datetime.datetime | str, path: str) -> dict[str, str]:
	"""Return the facts `handed_in_at` and `receipt_link` of a message that confirms what was handed in. path: of the receipt."""
	moment = frappe.utils.get_datetime(handed_in_on)
	return {"handed_in_at": f"{era_date(moment.date())} {time_text(f'{moment:%H:%M}')}", "receipt_link": address(path)}


def _full_address(link: str | None) -> str:
	return address(link) if (link or "").startswith("/") else link or ""


def _city(programme: str | None) -> Document | dict:
	return frappe.get_cached_doc("Kyodo Programme", programme) if programme else frappe._dict()


# -- delivery ---------------------------------------------------------------------------------


def _fill_template(event: Event, words: tuple[str, str], facts: dict) -> tuple[str, str]:
	try:
		return templates.fill(*words, facts)
	except Exception:  # a template that was changed without validation must not stop the message
		frappe.log_error(f"Kyodo: the template of “{event.name}” could not be filled")
		return templates.fill(event.subject, event.text, facts)


def _delivery(event: Event, channel: str, doc: Document | None, person: dict, message: Message) -> Delivery | None:
	"""The way of a message to one person; None in a rehearsal, which only notes it."""
	login = _login_of(person)
	ways = _ways_to(event, channel, login)
	if rehearsal.note_message(event.name, ways, person, message):
		return None
	record = (doc.doctype, doc.name) if doc is not None else (None, None)
	return Delivery(event.name, *record, ways, person.email, login, frappe.session.user, message)


def _ways_to(event: Event, channel: str, login: str | None) -> list[str]:
	"""Return how a recipient is reached: at the desk's bell, by mail, in the inbox of My page."""
	has_desk = bool(login) and frappe.get_cached_value("User", login, "user_type") == "System User"
	at_desk = channel in (DESK, BOTH) and has_desk
	# a notification would never reach recipients without desk access
	by_mail = channel in (MAIL, BOTH) or not at_desk
	in_portal = login and not has_desk and not event.required  # what carries a key is mailed only
	return [way for way, used in ((AT_DESK, at_desk), (BY_MAIL, by_mail), (IN_PORTAL, in_portal)) if used]


def _login_of(person: dict) -> str | None:
	"""The login of a recipient: not looked up by `User.email`, in which a login could write another's address."""
	return person.get("user") or frappe.db.exists("User", person.email.lower())
