"""Rehearsal of an act: what it would send, to whom, without sending or changing anything.

The act itself runs, inside a savepoint that is rolled back, while its deliveries are noted instead of made. So what is
shown before the act is computed by the very functions that send.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import frappe
from frappe.model.document import Document

from kyodo_frappe.common import outcome
from kyodo_frappe.workflows.states import DECIDED, category_of

SAVEPOINT = "kyodo_rehearsal"
CALLBACKS = ("before_commit", "after_commit", "before_rollback", "after_rollback")


@dataclass
class Rehearsal:
	"""What was noted: messages by event, and letters; `touched`: the records that were saved."""

	messages: dict[str, dict] = field(default_factory=dict)
	letters: list[dict] = field(default_factory=list)
	touched: set[tuple[str, str]] = field(default_factory=set)

	def as_dict(self) -> dict:
		"""Return {messages: [{event, subject, body, attachments, to: [{name, email, organisation, ways, subject}]}], letters}."""
		return {"messages": list(self.messages.values()), "letters": self.letters}


def running() -> Rehearsal | None:
	"""Return the rehearsal in which this code runs; None where things are done for good."""
	return frappe.flags.kyodo_rehearsal or None


@contextmanager
def rehearsing() -> Iterator[Rehearsal]:
	"""Run a block as a rehearsal and undo it: database, files, and what would have followed the commit."""
	kept = {name: getattr(frappe.db, name) for name in CALLBACKS}
	said = list(frappe.local.message_log)
	for name, callbacks in kept.items():
		setattr(frappe.db, name, type(callbacks)())
	frappe.db.savepoint(SAVEPOINT)
	frappe.flags.kyodo_rehearsal = found = Rehearsal()
	try:
		yield found
	finally:
		frappe.flags.kyodo_rehearsal = None
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.db.after_rollback.run()  # deletes files that were written meanwhile
		for name, callbacks in kept.items():
			setattr(frappe.db, name, callbacks)
		frappe.local.message_log = said
		outcome.forget()
		for doctype, name in found.touched:
			frappe.clear_document_cache(doctype, name)


def note_saved(doc: Document):
	"""Note a record that was saved, so that no cache keeps what is undone."""
	if found := running():
		found.touched.add((doc.doctype, doc.name))


def note_letter(letter: Document):
	"""Note a letter that the act makes or issues."""
	found = running()
	if not found:
		return
	found.touched.add((letter.doctype, letter.name))
	addressee = letter.organisation and frappe.get_cached_value("Kyodo Organisation", letter.organisation, "organisation_name")
	found.letters.append(
		{
			"letter_type": letter.letter_type,
			"addressee": addressee or "",
			"subject": letter.subject or "",
			"at_once": category_of(letter) == DECIDED,
			"after_approval": bool(getattr(letter, "approval_wanted", False)),
		}
	)


def note_message(event: str, ways: list[str], person: dict, message: tuple) -> bool:
	"""Note a delivery; returns False where no rehearsal is running. `ways`: mail, desk, portal; `message`: sending.Message."""
	found = running()
	if not found:
		return False
	attachments = [one["fname"] for one in message.attachments or () if one.get("fname")]
	first = {"event": event, "subject": message.subject, "body": message.body, "attachments": attachments, "to": []}
	to = found.messages.setdefault(event, first)["to"]
	to.append(
		{
			"name": person.get("name") or "",
			"email": person.email,
			"organisation": person.get("organisation_name") or "",
			"ways": ways,
			"subject": message.subject,
		}
	)
	return True
