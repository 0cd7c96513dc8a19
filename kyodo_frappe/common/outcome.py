"""What an act has made, and what comes next: the answer to an act at the desk (public/js/desk/outcome.js shows it).

Every record that the request inserts is counted (hooks.py, `after_insert`). `state_effects.py` opens `act` around the consequences of
a state; at the end of the outermost one the response gets `kyodo_outcome`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.language import _lt

# mails of an act wait in OUTGOING (messages/outbox.py) until it is committed
MAILS, OUTGOING, MINUTES = "Email Queue", "Kyodo Outgoing Message", "minutes"
LETTERS_TO_COME = "letters to come"  # those that are written after the commit, noted by what they are about
NO_RECORDS = (MINUTES, LETTERS_TO_COME)
# {DocType of what an act makes, or what it writes: its words}, in the order in which they are said
MADE = {
	"Kyodo Decision": _lt("{0} decisions"),
	"Kyodo Project": _lt("{0} projects"),
	"Kyodo Agreement": _lt("{0} agreements"),
	"Kyodo Report": _lt("{0} reports to be written"),
	"Kyodo Evaluation Round": _lt("{0} evaluation rounds"),
	"Kyodo Review": _lt("{0} review sheets"),
	"Kyodo Letter": _lt("{0} letters written"),
	LETTERS_TO_COME: _lt("{0} letters that are being written"),
	MINUTES: _lt("a draft of the minutes"),
}


class NextStep(NamedTuple):
	"""What comes next: a sentence, and where: a DocType that the act has made, a field of the record, or a page of the desk."""

	sentence: str
	made: str | None = None
	field: str | None = None
	page: str | None = None


def on_insert(doc: Document, method: str | None = None):
	"""Note a record that the act has made (doc_events, after_insert)."""
	if doc.doctype in MADE or doc.doctype == MAILS:
		note_made(doc.doctype, doc.name)


def note_made(doctype: str, name: str):
	"""Note a record that the act has made, in a request only."""
	if getattr(frappe.local, "request", None):
		note(doctype, name)


def note(kind: str, name: str):
	"""Note that the act has made `name` of a kind of MADE, or has written a text or leaves it to a task (NO_RECORDS)."""
	_noted().append((kind, name))


def _noted() -> list[tuple[str, str]]:
	if not hasattr(frappe.local, "kyodo_made"):
		frappe.local.kyodo_made = []
	return frappe.local.kyodo_made


def forget():
	"""Answer nothing of what the request has done so far, since it was undone."""
	frappe.local.response.pop("kyodo_outcome", None)
	frappe.local.kyodo_made = []


@contextmanager
def acting() -> Iterator[bool]:
	"""Answer nothing of the acts in this block: the request, or a larger act, answers itself. Yields whether it is within another one."""
	within = getattr(frappe.local, "kyodo_acting", False)
	frappe.local.kyodo_acting = True
	try:
		yield within
	finally:
		frappe.local.kyodo_acting = within


@contextmanager
def act(doc: Document, step: NextStep | None) -> Iterator[None]:
	"""Answer the request with what `doc` has become, what was made meanwhile, and the next step. Acts within it are part of it."""
	with acting() as within:
		yield
	if not within and getattr(frappe.local, "request", None):
		_answer(doc, step)


def _answer(doc: Document, step: NextStep | None):
	earlier = frappe.local.response.get("kyodo_outcome") or {}
	made = _kept()
	frappe.local.response["kyodo_outcome"] = {
		"doctype": doc.doctype,
		"name": doc.name,
		"acts": earlier.get("acts", 0) + 1,
		"state": _(doc.get("workflow_state")),
		"made": [{"text": _(words).format(len(made[kind])), **_place(kind, made[kind])} for kind, words in MADE.items() if kind in made],
		"mails": len(made.get(MAILS, ())) + _mails_waiting(made.get(OUTGOING)),
		"next": _agreed(earlier, _next(step, made)),
	}


def _agreed(earlier: dict, step: dict | None) -> dict | None:
	"""The next step of several acts in one request: none where they lead to different ones."""
	if earlier and (earlier["next"] or {}).get("text") != (step or {}).get("text"):
		return None
	return step


def _kept() -> dict[str, list[str]]:
	"""{kind: names} of what was noted and is there still: a part of an act may have been rolled back."""
	noted: dict[str, list[str]] = {}
	for kind, name in dict.fromkeys(_noted()):
		noted.setdefault(kind, []).append(name)
	for kind in [kind for kind in noted if kind not in NO_RECORDS]:
		noted[kind] = frappe.get_all(kind, {"name": ["in", noted[kind]]}, pluck="name", order_by="creation asc")
	return {kind: names for kind, names in noted.items() if names}


def _mails_waiting(outgoing: list[str] | None) -> int:
	return sum(frappe.get_all(OUTGOING, {"name": ["in", outgoing]}, pluck="mails", order_by="name")) if outgoing else 0


def _place(kind: str, names: list[str]) -> dict:
	"""The DocType and names that a link of the desk opens; nothing for what is no record, or not the user's to read."""
	if kind in NO_RECORDS or not frappe.has_permission(kind, "read"):
		return {}
	return {"doctype": kind, "names": frappe.get_list(kind, {"name": ["in", names]}, pluck="name", order_by="creation asc", limit=50)}


def _next(step: NextStep | None, made: dict[str, list[str]]) -> dict | None:
	if step is None:
		return None
	place = _place(step.made, made[step.made]) if step.made in made else {}
	return {"text": _(step.sentence), "field": step.field, "page": step.page, **place}
