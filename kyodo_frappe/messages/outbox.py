"""Messages between the act that sends them and the people they are for.

An act writes its messages into one row of its own transaction: an act that is rolled back sends nothing. After the commit, a job hands
the rows over and deletes them in one transaction, so that nothing is sent twice. Rows left by a lost job, or by a queue that could not
be reached, are handed over by the scheduler (hooks.py).
"""

import base64
import json

import frappe
from frappe.utils import add_to_date, now_datetime

from kyodo_frappe.common import background, outcome
from kyodo_frappe.messages import delivery
from kyodo_frappe.messages.delivery import BY_MAIL, Delivery, Message

OUTGOING = outcome.OUTGOING
# rows that are younger belong to a job that is about to run
MINUTES_LEFT_TO_JOBS = 3
AT_A_TIME = 50


def put(deliveries: list[Delivery]):
	"""Keep the messages of an act, to be handed over after its commit."""
	if not deliveries:
		return
	first = deliveries[0]
	row = frappe.get_doc(
		{
			"doctype": OUTGOING,
			"event": first.event,
			"mails": sum(BY_MAIL in each.ways for each in deliveries),
			"reference_doctype": first.doctype,
			"reference_name": first.name,
			"content": _as_json(deliveries),
		}
	)
	row.set_user_and_timestamp()
	row.set_new_name()
	row.db_insert()  # nothing in it is anybody's to validate
	outcome.note_made(OUTGOING, row.name)
	_waiting().append(row.name)


def at_once(deliveries: list[Delivery]):
	"""Hand the messages over within the act: for the demo, which is at another time, and for tests."""
	for each in deliveries:
		delivery.hand_over(each, careful=True)


def hand_over(names: list[str]):
	"""Hand over the rows of these names (a job): all of them, or none where the job is stopped."""
	for name in names:
		_hand_over(name)


def hand_over_waiting():
	"""Hand over what jobs have left (hooks.py, scheduler)."""
	before = add_to_date(now_datetime(), minutes=-MINUTES_LEFT_TO_JOBS)
	hand_over(frappe.get_all(OUTGOING, {"creation": ["<", before]}, pluck="name", order_by="creation asc", limit=AT_A_TIME))


def _hand_over(name: str):
	content = frappe.db.get_value(OUTGOING, name, "content", for_update=True)  # another job may be at it
	if not content:
		return
	for each in _read(content):
		delivery.hand_over(each, careful=True)
	frappe.db.delete(OUTGOING, {"name": name})


# -- the job after the commit --------------------------------------------------------------------


def _waiting() -> list[str]:
	"""The rows of this transaction."""
	waiting = getattr(frappe.local, "kyodo_outgoing", None)
	if waiting is None:
		waiting = frappe.local.kyodo_outgoing = []
		frappe.db.after_commit.add(_enqueue)
		frappe.db.after_rollback.add(_forget)
	return waiting


def _forget():
	frappe.local.kyodo_outgoing = None


def _enqueue():
	names = getattr(frappe.local, "kyodo_outgoing", None) or []
	_forget()
	for first in range(0, len(names), AT_A_TIME):
		background.enqueue("kyodo_frappe.messages.outbox.hand_over", queue="short", names=names[first : first + AT_A_TIME])


# -- content -------------------------------------------------------------------------------------


def _as_json(deliveries: list[Delivery]) -> str:
	rows = [{**each._asdict(), "message": _packed(each.message)} for each in deliveries]
	return json.dumps(rows, ensure_ascii=False, default=str)


def _packed(message: Message) -> dict:
	"""A message as JSON can hold it: the bytes of attachments as base64."""
	packed = [
		{**file, "fcontent": base64.b64encode(file["fcontent"]).decode(), "is_base64": True}
		if isinstance(file.get("fcontent"), bytes)
		else file
		for file in message.attachments or ()
	]
	return {**message._asdict(), "attachments": packed or None}


def _read(content: str) -> list[Delivery]:
	return [Delivery(**{**row, "message": _unpacked(row["message"])}) for row in json.loads(content)]


def _unpacked(message: dict) -> Message:
	for file in message["attachments"] or ():
		if file.pop("is_base64", False):
			file["fcontent"] = base64.b64decode(file["fcontent"])
	return Message(**message)
