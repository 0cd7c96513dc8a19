"""Reading a proposal in the desk (page `kyodo-reading`): the whole text, what to check beside it, points to correct, the next acts.

What is shown is read with the rights of the user; what is done goes through the workflow guard like every other way to do it.
"""

from dataclasses import asdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, strip_html

from kyodo_frappe.common import checks, corrections, request_json
from kyodo_frappe.common.errors import TooMany
from kyodo_frappe.letters import wording
from kyodo_frappe.messages.sending import told_of
from kyodo_frappe.permissions import hooks
from kyodo_frappe.permissions.reading_cache import while_reading
from kyodo_frappe.permissions.roles import OFFICER, SECTION, require
from kyodo_frappe.programme import form_document
from kyodo_frappe.proposals import proposals, reading_checks, reproposal, writing
from kyodo_frappe.workflows import acts
from kyodo_frappe.workflows.guard import move
from kyodo_frappe.workflows.reading_queue import queue_of

PROPOSAL = "Kyodo Proposal"
RECEIVE = "Receive"
# {action: type of the letter that it makes}, as in state_effects.py
LETTERS = {"Receive": "Receipt", "Return": "Correction"}
MOST_AT_ONCE = 50
SAVEPOINT = "kyodo_reading"


@frappe.whitelist(methods=["GET"])
def read(proposal: str) -> dict:
	"""Return a proposal to be read in the desk.

	{name, title, state, modified, facts: [(heading, text)], document (form_document.py), checks (common/checks.py), changes: [{field,
	label, parts, remarks, since_talk}], points, may_point, parts: [{value, label}] that a point can name, acts: [{action, label, says,
	obstacle, returns}]}. Raises PermissionError for all but the desk users who may read it.
	"""
	with while_reading():
		return _read(_readable(proposal))


def _read(doc: Document) -> dict:
	changes = reproposal.changes(doc)
	return {
		"name": doc.name,
		"title": doc.title,
		"facts": reading_checks.facts_of(doc),
		"document": form_document.document_of(doc, writing.step_titles()),
		"checks": checks.as_groups(_checks(doc, changes)),
		"changes": [asdict(change) for change in changes],
		"parts": [{"value": name, "label": label} for name, label in proposals.correctable_fields(doc)],
		**_course(doc),
	}


@frappe.whitelist(methods=["GET"])
def queue(proposal: str = "") -> list[dict]:
	"""[{name, title}] of the proposals that wait like this one, of the same call, the oldest first; without one, of all that wait.

	Raises PermissionError as `read`.
	"""
	frappe.has_permission(PROPOSAL, "read", throw=True)
	return queue_of(PROPOSAL, _readable(proposal) if proposal else None, ("programme", "call"))


@frappe.whitelist(methods=["GET"])
def examine(proposal: str) -> dict:
	"""Return what to look at before a proposal is received with others.

	{name, title, organisation, facts, verdict, word, problems: [{word, subject, text}], obstacle: why the user cannot receive it, ""
	where they can}. Raises PermissionError as `read`.
	"""
	doc = _readable(proposal)
	found = _checks(doc, reproposal.changes(doc))
	problems = [check for check in found if check.verdict != checks.FINE]
	act = next((act for act in acts.possible(doc) if act.action == RECEIVE), None)
	verdict = checks.worst_of(found)
	return {
		"name": doc.name,
		"title": doc.title,
		"facts": reading_checks.facts_of(doc),
		"verdict": verdict,
		"word": checks.word_of(verdict),
		"problems": [{"word": checks.word_of(check.verdict), "subject": check.subject, "text": check.text} for check in problems],
		"obstacle": act.obstacle if act else _("It cannot be received in the state “{0}”.").format(_(doc.workflow_state)),
	}


def _readable(proposal: str) -> Document:
	doc = frappe.get_doc(PROPOSAL, proposal) if frappe.db.exists(PROPOSAL, proposal) else None
	if doc is None:
		raise frappe.PermissionError  # as for one that exists and is not theirs
	doc.flags.kyodo_read_as = hooks.check_city_reads(doc)
	return doc


def _checks(doc: Document, changes: list[reproposal.Change]) -> list[checks.Check]:
	return reading_checks.checks_of(doc, changes, whole=doc.flags.kyodo_read_as != {SECTION})


def _course(doc: Document) -> dict:
	"""What changes with every act: the state, the points, and what the user may do next."""
	possible = acts.possible(doc)
	return {
		"state": doc.workflow_state,
		"state_word": _(doc.workflow_state),
		"modified": str(doc.modified),
		"points": corrections.as_points(doc),
		"may_point": any(acts.returns(doc, act) and not act.own for act in possible),
		"acts": [acts.shown(doc, act, _what_follows(doc, act)) for act in possible],
	}


def _what_follows(doc: Document, act: acts.Act) -> list[str]:
	"""What an act does besides changing the state, in sentences: the letter, the mail."""
	found = []
	letter = LETTERS.get(act.action)
	if letter and doc.organisation and wording.find_row(frappe.get_cached_doc("Kyodo Programme", doc.programme), letter):
		found.append(_("The letter “{0}” is made.").format(_(letter)))
	if names := [person.name or person.email for person in told_of(f"Proposal {act.to}", doc)]:
		found.append(_("A message goes to {0}.").format(_(", ").join(names)))
	return found


# -- points to correct ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def add_point(proposal: str, reason: str, field: str = "", passage: str = "") -> dict:
	"""Note what has to be corrected, about a passage of a part or the whole; it is sent when the proposal is returned.

	Returns {points, modified, …} as `read`. Raises PermissionError, NotEditable, CorrectionReasonMissing, UnknownField.
	"""
	doc = _writable(proposal)
	corrections.add(doc, field, passage, reason)
	doc.save()
	return _course(doc)


@frappe.whitelist(methods=["POST"])
def change_point(proposal: str, row: str, reason: str) -> dict:
	"""Change the words of a point that has not been sent. As `add_point`; raises CorrectionSent."""
	doc = _writable(proposal)
	corrections.change(doc, row, reason)
	doc.save()
	return _course(doc)


@frappe.whitelist(methods=["POST"])
def remove_point(proposal: str, row: str) -> dict:
	"""Remove a point that has not been sent. As `change_point`."""
	doc = _writable(proposal)
	corrections.remove(doc, row)
	doc.save()
	return _course(doc)


@frappe.whitelist(methods=["POST"])
def settle_point(proposal: str, row: str, settled: bool | int | str = 1) -> dict:
	"""Note that a point sent before has been seen to, so that it is not sent again, or take that back. As `add_point`."""
	doc = _writable(proposal)
	corrections.row_of(doc, row).settled = cint(settled)
	doc.save()
	return _course(doc)


def _writable(proposal: str) -> Document:
	doc = _readable(proposal)
	doc.check_permission("write")
	return doc


# -- acts ------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def act(proposal: str, action: str, seen: str = "", reason: str = "") -> dict:
	"""Take a step with a proposal that was read; returns as `add_point`.

	seen: `modified` of the proposal as it was read; reason: for the whole proposal, on returning it. Raises PermissionError,
	ChangedMeanwhile, the errors of the workflow guard and of the step.
	"""
	doc = _writable(proposal)
	return _course(acts.take(doc, action, seen, reason))


@frappe.whitelist(methods=["POST"])
def receive_many(proposals: list | str) -> list[dict]:
	"""Receive proposals, each as if it were received alone: what is refused stays as it was and hinders no other.

	Returns [{name, title, done, text: why not}] in their order. Raises PermissionError without the role of the office, ValidationError
	for more than MOST_AT_ONCE.
	"""
	require(OFFICER)
	names = list(dict.fromkeys(request_json.names(proposals)))
	if len(names) > MOST_AT_ONCE:
		frappe.throw(_("Please choose at most {0} proposals at once.").format(MOST_AT_ONCE), TooMany)
	return [_receive(name) for name in names]


def _receive(name: str) -> dict:
	found = {"name": name, "title": name, "done": True, "text": ""}
	frappe.db.savepoint(SAVEPOINT)
	try:
		doc = _writable(name)
		found["title"] = doc.title
		move(doc, RECEIVE)
	except frappe.ValidationError as refusal:
		frappe.db.rollback(save_point=SAVEPOINT)
		found.update(done=False, text=strip_html(str(refusal)))
	except frappe.PermissionError:
		frappe.db.rollback(save_point=SAVEPOINT)
		found.update(done=False, text=_("You may not do this with this proposal."))
	frappe.clear_messages()  # they are told row by row
	return found
