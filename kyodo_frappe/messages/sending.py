"""Sending of messages about a record, to the recipients and with the templates that the programme declares.

messages.send("Proposal Received", proposal)
messages.send("Voucher Refused", expense, to=people, reason=…)
"""

import datetime
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import cint, get_url

from kyodo_frappe.common import branding, vocabulary
from kyodo_frappe.messages import people, rehearsal, templates
from kyodo_frappe.messages.events import BOTH, CONCERNED, DESK, MAIL, Event, all_events, event_of, record_facts
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.rules.era import era_date, time_text

FRAME = "kyodo_message"  # layout of all mails, in templates/emails
AT_DESK, BY_MAIL, IN_PORTAL = "desk", "mail", "portal"
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
	`link` is a path or a full address; `attachments`: {mail address: [attachment]}. Failures are logged, not raised. The
	caller has checked permissions.
	"""
	told = set()
	for way in message_rows(event_of(event), programme_of(doc)):
		told |= deliver(event_of(event), way, doc, to or [], facts, told, attachments or {}, careful=True)
	return len(told)


def told_of(event: str, doc: Document, to: list[dict] = ()) -> list[dict]:
	"""Return the persons who would be told of an event about `doc`, each once; [] for what is no event. to: as in `send`."""
	if event not in all_events():
		return []
	ways = message_rows(event_of(event), programme_of(doc))
	return list({person.email.lower(): person for way in ways for person in people.recipients_of(way.recipients, doc, [*to])}.values())


def deliver(
	event: Event,
	way: MessageRow,
	doc: Document | None,
	to: list[dict],
	facts: dict,
	told: set[str] = frozenset(),
	attachments: dict | None = None,
	careful: bool = False,
) -> set[str]:
	"""Send the message to the recipients of one row; returns their addresses.

	`told`: addresses to skip; `careful`: log failures instead of raising them; other arguments as in `send`.
	"""
	city = _city(programme_of(doc))
	said = {**facts_of(event, doc), **facts, "municipality_name": city.municipality_name or ""}
	said["sender"] = "　".join(filter(None, [city.municipality_name, city.entrance_name]))
	words = templates.template_of(event, way.email_template)
	reached = set()
	for person in people.recipients_of(way.recipients, doc, to):
		key = person.email.lower()
		if key in told or key in reached:
			continue
		reached.add(key)
		own = {"name": "", "organisation_name": "", **said, **{k: v for k, v in person.items() if k in event.facts and v is not None}}
		own["link"] = _full_address(own.get("link"))
		letter = Message(*_fill_template(event, words, own), own, (attachments or {}).get(person.email))
		_deliver_to(event, way.channel, doc, person, letter, careful)
	return reached


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


def _city(programme: str | None) -> dict:
	fields = ["municipality_name", "entrance_name"]
	return (programme and frappe.db.get_value("Kyodo Programme", programme, fields, as_dict=True)) or frappe._dict()


# -- delivery ---------------------------------------------------------------------------------


class Message(NamedTuple):
	"""A message filled in for one recipient; `body` is HTML."""

	subject: str
	body: str
	facts: dict
	attachments: list | None


def _fill_template(event: Event, words: tuple[str, str], facts: dict) -> tuple[str, str]:
	try:
		return templates.fill(*words, facts)
	except Exception:  # a template that was changed without validation must not stop the message
		frappe.log_error(f"Kyodo: the template of “{event.name}” could not be filled")
		return templates.fill(event.subject, event.text, facts)


def _deliver_to(event: Event, channel: str, doc: Document | None, person: dict, letter: Message, careful: bool):
	login = _login_of(person)
	ways = _ways_to(event, channel, login)
	if rehearsal.note_message(event.name, ways, person, letter):
		return
	try:
		if AT_DESK in ways:
			_notify(login, doc, letter)
		if BY_MAIL in ways:
			_mail(event, doc, person, letter)
		if IN_PORTAL in ways:
			_notify(login, doc, letter)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the database has rolled back the transaction: nothing of it may be kept
	except Exception:  # without an outgoing mail account Frappe raises various errors
		if not careful:
			raise
		frappe.log_error("Kyodo: mail could not be sent")


def _ways_to(event: Event, channel: str, login: str | None) -> list[str]:
	"""Return how a recipient is reached: at the desk's bell, by mail, in the inbox of My page."""
	has_desk = bool(login) and frappe.get_cached_value("User", login, "user_type") == "System User"
	at_desk = channel in (DESK, BOTH) and has_desk
	# a notification would never reach recipients without desk access
	by_mail = channel in (MAIL, BOTH) or not at_desk
	in_portal = login and not has_desk and not event.required  # what carries a key is mailed only
	return [way for way, used in ((AT_DESK, at_desk), (BY_MAIL, by_mail), (IN_PORTAL, in_portal)) if used]


def _mail(event: Event, doc: Document | None, person: dict, letter: Message):
	city = letter.facts["municipality_name"]
	frappe.sendmail(
		recipients=[person.email],
		subject=f"【{city}】{letter.subject}" if city else letter.subject,
		template=FRAME,
		args={**letter.facts, "event": event.name, "body": letter.body, "look": branding.of_site()},
		reference_doctype=doc and doc.doctype,
		reference_name=doc and doc.name,
		attachments=letter.attachments,
		add_unsubscribe_link=0,  # a transactional mail, not a newsletter
	)


def _login_of(person: dict) -> str | None:
	"""The login of a recipient: not looked up by `User.email`, in which a login could write another's address."""
	return person.get("user") or frappe.db.exists("User", person.email.lower())


def _notify(login: str, doc: Document | None, letter: Message):
	"""Leave a notice at the desk's bell, or for people without a desk in the inbox of My page (front/inbox.py)."""
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"type": "Alert",
			"for_user": login,
			"from_user": frappe.session.user,
			"subject": frappe.utils.escape_html(letter.subject),
			"email_content": letter.body,
			"document_type": doc and doc.doctype,
			"document_name": doc and doc.name,
		}
	).insert(ignore_permissions=True)  # a notification by the app itself
