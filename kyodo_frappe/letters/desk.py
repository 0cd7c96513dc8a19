"""The letters' page of the desk: drafts with their sheet, changing the wording, and the acts for one letter or many.

An act for many is done letter by letter. What is refused for one of them is undone and said; the others are done.
"""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import cint, get_fullname, strip_html

from kyodo_frappe.common import request_json
from kyodo_frappe.common.queries import among
from kyodo_frappe.letters import approval
from kyodo_frappe.letters.errors import ReasonMissing
from kyodo_frappe.letters.text import TOKENS, letter_html
from kyodo_frappe.permissions.hooks import criterion
from kyodo_frappe.permissions.letter_approvers import waiting_for
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, WRITING, allows, by_category, category_of, states

LETTER = "Kyodo Letter"
READERS = (OFFICER, MANAGER, SECTION)
EDITED = ("subject", "opening", "items", "again", "closing", "sender", "issued_on", "letter_number")
LIST_FIELDS = ["name", "letter_type", "letter_number", "issued_on", "workflow_state", "organisation", "subject", "programme", "modified"]
MOST = 200  # letters of one act
PAGE = 100  # letters of a list
MINE = "mine"
GROUPS = {"draft": WRITING, "asked": WAITING, "approved": EXAMINED, "issued": DECIDED}


# -- what the page shows ------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def overview(group: str = "", page: int = 0) -> dict:
	"""Return the letters of a group that the user may read, the oldest first (issued ones the newest first), and how many each has.

	`group`: mine (waiting for the user's approval), draft, asked, approved or issued; by default the first that is not
	empty. Returns {group, counts, rows, more}.
	"""
	require(*READERS)
	mine = waiting_for(frappe.session.user)
	counts = {MINE: len(mine), **_counts()}
	chosen = group if group in counts else next((one for one, number in counts.items() if number), "draft")
	filters = {"name": among(mine)} if chosen == MINE else {"workflow_state": ["in", states(LETTER, GROUPS[chosen]) or [""]]}
	order = "issued_on desc, creation desc" if chosen == "issued" else "creation asc"
	start = max(cint(page), 0) * PAGE
	rows = frappe.get_list(LETTER, filters, LIST_FIELDS, order_by=order, limit_start=start, limit_page_length=PAGE + 1)
	_add_names(rows)
	return {"group": chosen, "counts": counts, "rows": rows[:PAGE], "more": len(rows) > PAGE}


def _counts() -> dict[str, int]:
	"""Return {group: number of the letters that the user may read}. One query."""
	letter = frappe.qb.DocType(LETTER)
	open_to_user = None if frappe.session.user == "Administrator" else criterion(LETTER, frappe.session.user)
	found = dict.fromkeys(GROUPS, 0)
	if open_to_user is None and frappe.session.user != "Administrator":
		return found
	query = frappe.qb.from_(letter).select(letter.workflow_state, Count(letter.name)).groupby(letter.workflow_state)
	numbers = dict((query.where(open_to_user) if open_to_user is not None else query).run())
	of_kind = by_category(LETTER, numbers)
	return {group: of_kind.get(kind, 0) for group, kind in GROUPS.items()}


def _add_names(rows: list[dict]):
	names = {row.organisation for row in rows if row.organisation}
	found = frappe.get_all("Kyodo Organisation", {"name": among(names)}, ["name", "organisation_name"], order_by="name")
	organisation_names = {row.name: row.organisation_name for row in found}
	for row in rows:
		row.addressee = organisation_names.get(row.organisation, "")


@frappe.whitelist(methods=["GET"])
def sheet(letter: str) -> dict:
	"""Return a letter with its sheet as it will be issued: {html, values, state, steps, acts, …}. Raises PermissionError."""
	require(*READERS)
	doc = frappe.get_doc(LETTER, letter)
	doc.check_permission("read")
	return _shown(doc)


def _shown(doc: Document) -> dict:
	return {
		"name": doc.name,
		"title": f"{_(doc.letter_type)}　{_addressee(doc)}",
		"state": doc.workflow_state,
		"group": _group_of(doc),
		"html": letter_html(doc),
		"values": {field: doc.get(field) or "" for field in EDITED},
		"filled": cint(doc.filled),
		"tokens": [] if doc.filled else sorted(TOKENS),
		"number_from": doc.number_from,
		"approval_wanted": doc.approval_wanted,
		"may_edit": _may_edit(doc),
		"acts": _acts(doc),
		"drafted_by": get_fullname(doc.drafted_by) if doc.drafted_by else "",
		"asked_on": str(doc.asked_on or ""),
		"return_reason": doc.return_reason or "",
		"steps": [_step(row) for row in doc.approvals],
		"modified": str(doc.modified),
	}


def _group_of(doc: Document) -> str:
	"""Return the group of `overview` in which the current user finds a letter."""
	if approval.is_mine(doc):
		return MINE
	return next((group for group, kind in GROUPS.items() if kind == category_of(doc)), "")


def _addressee(doc: Document) -> str:
	return (doc.organisation and frappe.get_cached_value("Kyodo Organisation", doc.organisation, "organisation_name")) or ""


def _may_edit(doc: Document) -> bool:
	return OFFICER in frappe.get_roles() and category_of(doc) in (WRITING, WAITING, EXAMINED)


def _acts(doc: Document) -> list[str]:
	"""Return the acts that the user may take now, the next one first."""
	found = []
	if approval.is_mine(doc):
		found += ["approve", "give_back"]
	if OFFICER in frappe.get_roles():
		if allows(doc, "Ask for Approval", OFFICER) and doc.approval_wanted:
			found.append("ask")
		elif allows(doc, "Issue Letter", OFFICER):
			found.append("issue")
		found += [
			act for act, action in (("take_back", "Take the Letter Back"), ("withdraw", "Withdraw Letter")) if allows(doc, action, OFFICER)
		]
	return found


def _step(row: Document) -> dict:
	who = row.done_by_name or _(", ").join(get_fullname(user) for user in approval.acting_people(row))
	return {
		"round": row.round,
		"position": row.position,
		"name": who,
		"outcome": row.outcome,
		"as_stand_in": cint(row.as_stand_in),
		"done_at": str(row.done_at or ""),
		"comment": row.comment or "",
	}


# -- acts --------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def change(letter: str, values: dict | str, modified: str = "") -> dict:
	"""Change wording, date or number of a letter; returns it as `sheet` does.

	A letter that was put before the approvers becomes a draft again. `modified`: when the text was loaded. Raises
	PermissionError, TimestampMismatchError, NumberTaken, and ValidationError for an issued letter.
	"""
	require(OFFICER)
	doc = frappe.get_doc(LETTER, letter)
	doc.check_permission("write")
	if modified and str(doc.modified) != modified:
		frappe.throw(_("Somebody else saved this at the same time. Please check it and try again."), frappe.TimestampMismatchError)
	doc.update({field: value for field, value in request_json.values(values).items() if field in EDITED})
	doc.save()
	return _shown(doc)


@frappe.whitelist(methods=["POST"])
def ask(letters: list | str) -> list[dict]:
	"""Put drafts before their approvers (起案). Returns [{letter, state} or {letter, problem}], as all acts for many."""
	require(OFFICER)
	return _for_each(letters, lambda doc: move(doc, "Ask for Approval"))


@frappe.whitelist(methods=["POST"])
def approve(letters: list | str, comment: str = "") -> list[dict]:
	"""Approve letters (決裁)."""
	require(*READERS)
	return _for_each(letters, lambda doc: approval.approve(doc, comment))


@frappe.whitelist(methods=["POST"])
def give_back(letters: list | str, reason: str) -> list[dict]:
	"""Return letters to their drafter with a reason (差戻し)."""
	require(*READERS)
	return _for_each(letters, lambda doc: approval.give_back(doc, reason))


@frappe.whitelist(methods=["POST"])
def take_back(letters: list | str) -> list[dict]:
	"""Make letters that were put before the approvers drafts again (引戻し)."""
	require(OFFICER)
	return _for_each(letters, lambda doc: move(doc, "Take the Letter Back"))


@frappe.whitelist(methods=["POST"])
def issue_letters(letters: list | str, issued_on: str = "") -> list[dict]:
	"""Issue letters (施行). `issued_on`: their date, for those that have none."""
	require(OFFICER)

	def act(doc: Document):
		if issued_on and not doc.issued_on:
			doc.issued_on = issued_on  # an open date was approved as the day of issue
			with by_service(doc):
				doc.save()
		move(doc, "Issue Letter")

	return _for_each(letters, act)


@frappe.whitelist(methods=["POST"])
def withdraw(letters: list | str, reason: str) -> list[dict]:
	"""Withdraw letters that are not issued, with a reason."""
	require(OFFICER)
	if not reason.strip():
		frappe.throw(_("Please give a reason for withdrawing the letter."), ReasonMissing)

	def act(doc: Document):
		doc.withdraw_reason = reason.strip()
		doc.save()
		move(doc, "Withdraw Letter")

	return _for_each(letters, act)


def _for_each(letters: list | str, act: Callable[[Document], object]) -> list[dict]:
	"""Do an act for each letter that the user may read, all or nothing for each; refusals are returned, not raised."""
	names = list(dict.fromkeys(request_json.names(letters)))[:MOST]
	found = []
	for name in names:
		frappe.db.savepoint("kyodo_letter")
		said = list(frappe.local.message_log)
		try:
			doc = frappe.get_doc(LETTER, name)
			doc.check_permission("read")
			act(doc)
			found.append({"letter": name, "state": frappe.db.get_value(LETTER, name, "workflow_state")})
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			raise  # the database has undone the others, too
		except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as refusal:
			frappe.db.rollback(save_point="kyodo_letter")
			found.append({"letter": name, "problem": strip_html(str(refusal)) or _(type(refusal).__name__)})
		frappe.local.message_log = said
	return found
