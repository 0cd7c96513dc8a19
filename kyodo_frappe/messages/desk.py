"""The desk's dialog for a message of the programme: editing the template, a preview with a real record, resetting it."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.messages import templates
from kyodo_frappe.messages.events import Event, all_events, describe, event_of
from kyodo_frappe.messages.sending import address, facts_of, programme_of
from kyodo_frappe.messages.templates import examples
from kyodo_frappe.permissions.roles import MANAGER, require


@frappe.whitelist(methods=["GET"])
def words(message: str, template: str = "") -> dict:
	"""Return {subject, text, own, record, facts: [{fact, description}]} of a message.

	`template`: the Email Template chosen in the row; `own`: whether the text is the event's own template, which the dialog
	may change; `record`: the DocType that the event is about. Raises PermissionError unless the user is a manager,
	ValidationError for an unknown message.
	"""
	require(MANAGER)
	found = _event(message)
	subject, text = templates.template_of(found, template)
	own = template in ("", templates.name_of(message))
	facts = [{"fact": fact, "description": _(describe(fact)["description"])} for fact in found.facts]
	return {"subject": subject, "text": text, "own": own, "record": found.record or "", "facts": facts}


@frappe.whitelist(methods=["POST"])
def reword(message: str, subject: str, text: str):
	"""Change the template of a message. Raises PermissionError, InvalidTemplate."""
	require(MANAGER)
	templates.write(_event(message), subject.strip(), text.strip())


@frappe.whitelist(methods=["POST"])
def reset(message: str) -> dict:
	"""Reset the template of a message; returns it as `words` does. Raises PermissionError, ValidationError."""
	require(MANAGER)
	templates.reset(_event(message))
	return words(message)


@frappe.whitelist(methods=["POST"])
def preview(message: str, subject: str, text: str, record: str = "") -> dict:
	"""Return {subject, body} of a message as a recipient would get it, without saving or sending anything.

	`record`: a record for the facts of the message; facts that it does not provide are examples. Raises PermissionError and
	ValidationError as `reword`.
	"""
	require(MANAGER)
	found = _event(message)
	templates.check(found, subject, text)
	doc = _record(found, record)
	city = frappe.db.get_value("Kyodo Programme", programme_of(doc), ["municipality_name", "entrance_name"]) or ()
	facts = {**examples(found), **facts_of(found, doc)}
	if city and city[0]:
		facts |= {"municipality_name": city[0], "sender": "　".join(filter(None, city))}
	facts["link"] = address(facts["link"]) if facts["link"].startswith("/") else facts["link"]
	heading, body = templates.fill(subject, text, facts)
	return {"subject": f"【{facts['municipality_name']}】{heading}", "body": body}


def _record(event: Event, name: str) -> Document | None:
	if not name or not event.record:
		return None
	if not frappe.db.exists(event.record, name):
		frappe.throw(_("“{0}” was not found.").format(name), InvalidChoice)
	doc = frappe.get_doc(event.record, name)
	doc.check_permission("read")
	return doc


def _event(name: str) -> Event:
	if name not in all_events():
		frappe.throw(_("There is no message “{0}”.").format(name), InvalidChoice)
	return event_of(name)
