"""Handing a filled-in message to Frappe: its Email Queue, and the notices at the desk's bell and in the inbox of My page."""

from typing import NamedTuple

import frappe

from kyodo_frappe.common import branding

FRAME = "kyodo_message"  # layout of all mails, in templates/emails
AT_DESK, BY_MAIL, IN_PORTAL = "desk", "mail", "portal"


class Message(NamedTuple):
	"""A message filled in for one recipient; `body` is HTML."""

	subject: str
	body: str
	facts: dict
	attachments: list | None


class Delivery(NamedTuple):
	"""A message on its way to one person.

	event: its name; doctype, name: of the record that it is about, or None; ways: AT_DESK, BY_MAIL, IN_PORTAL; email: of the recipient;
	login: their User, or None; sender: the User whose act it is.
	"""

	event: str
	doctype: str | None
	name: str | None
	ways: list[str]
	email: str
	login: str | None
	sender: str
	message: Message


def hand_over(delivery: Delivery, careful: bool):
	"""Put a message into the Email Queue, and leave its notices. `careful`: log failures instead of raising them."""
	try:
		if AT_DESK in delivery.ways:
			_notify(delivery)
		if BY_MAIL in delivery.ways:
			_mail(delivery)
		if IN_PORTAL in delivery.ways:
			_notify(delivery)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the database has rolled back the transaction: nothing of it may be kept
	except Exception:  # without an outgoing mail account Frappe raises various errors
		if not careful:
			raise
		frappe.log_error("Kyodo: mail could not be sent")


def _mail(delivery: Delivery):
	message, city = delivery.message, delivery.message.facts["municipality_name"]
	frappe.sendmail(
		recipients=[delivery.email],
		subject=f"【{city}】{message.subject}" if city else message.subject,
		template=FRAME,
		args={**message.facts, "event": delivery.event, "body": message.body, "look": branding.of_site()},
		reference_doctype=delivery.doctype,
		reference_name=delivery.name,
		attachments=message.attachments,
		add_unsubscribe_link=0,  # a transactional mail, not a newsletter
	)


def _notify(delivery: Delivery):
	"""Leave a notice at the desk's bell, or for people without a desk in the inbox of My page (front/inbox.py)."""
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"type": "Alert",
			"for_user": delivery.login,
			"from_user": delivery.sender,
			"subject": frappe.utils.escape_html(delivery.message.subject),
			"email_content": delivery.message.body,
			"document_type": delivery.doctype,
			"document_name": delivery.name,
		}
	).insert(ignore_permissions=True)  # a notification by the app itself
