"""A meeting run from one page: everything at a glance, each word stored as it is typed, by several clerks at once.

`state` reads the whole meeting in a bounded number of queries. `note` stores single values: each comes with what
its writer saw (rules/merge.py), so that nobody overwrites anybody, and sending it again changes nothing. Decisions
are recorded by committee/deliberation.py, rulings on interests by committee/interests.py.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Max
from frappe.utils import format_date, getdate, now_datetime
from pypika.terms import Criterion

from kyodo_frappe.committee import amendments, closing, deliberation, interests, reviews, seats
from kyodo_frappe.committee.meeting_record import CALLED, locked
from kyodo_frappe.common import history, request_json, vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import form
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals.drafts import REFUSALS, sentence
from kyodo_frappe.rules import merge
from kyodo_frappe.rules.clock import clock
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.web.typed_values import as_typed, parse
from kyodo_frappe.workflows.states import category_of

DOCTYPE = "Kyodo Meeting"
# what is written on the page: {table ("": the meeting itself): columns}
COLUMNS = {
	"": ("begins_at", "ends_at", "chair_name", "observers"),
	"agenda": (
		*("called_at", "hearing", "notes", "votes_for", "votes_against", "votes_abstained", "chair_vote"),
		*("postponed", "verified", "closed", "legal_ground"),
	),
	"attendance": ("present", "arrived_at", "left_at", "substitute_name"),
	"guests": ("approved", "attended"),
}
TIMES = ("begins_at", "ends_at", "called_at", "arrived_at", "left_at")
# what can be added while the meeting runs
ADDED = {"guests": ("guest_name", "organisation", "agenda_no"), "agenda": ("subject",)}
# what of an item is its discussion: kept from who steps aside for it, whatever else their login may do
DISCUSSION = ("hearing", "notes", "votes_for", "votes_against", "votes_abstained", "chair_vote")
# what else the page shows of an item
SHOWN_OF_ITEM = ("idx", "item_type", "subject", "begins_at", "minutes_planned", "report", "evaluation_round")
MOST_CHANGES = 500


# -- asking ----------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def state(meeting: str, known: str = "") -> dict:
	"""Everything the session page shows; only {"token"} where nothing has changed since the token `known`.

	Values that can be written are texts, as inputs show them. Raises PermissionError, DoesNotExistError.
	"""
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, meeting)
	doc.check_permission("write")
	token = _token(doc)
	if known == token:
		return {"token": token}
	return {
		"token": token,
		"meeting": _head(doc),
		"attendance": [{**_texts("attendance", row), **_plain(row, "member_name", "side", "position", "answer")} for row in doc.attendance],
		"guests": [{**_texts("guests", row), **_plain(row, "guest_name", "agenda_no")} for row in doc.guests],
		"items": _items(doc),
		"room": _room(doc),
		"contests": [{"call": call, "items": [row.name for row in rows]} for call, rows in interests.contests(doc).items()],
	}


@frappe.whitelist(methods=["GET"])
def open_points(meeting: str) -> list[str]:
	"""Sentences that say what stands between the meeting and its close."""
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, meeting)
	doc.check_permission("write")
	return closing.open_points(doc)


def _token(doc: Document) -> str:
	"""Another one whenever something has changed that the page shows."""
	decision, review = frappe.qb.DocType("Kyodo Decision"), frappe.qb.DocType("Kyodo Review")
	marks = [Count(review.name), Max(review.modified)]
	notes = [Count(decision.name), Max(decision.modified)]
	seen = frappe.qb.from_(decision).select(*notes).where(decision.meeting == doc.name).run()[0]
	proposals = [row.proposal for row in doc.agenda if row.proposal]
	if proposals:
		of_these = Criterion.all([review.proposal.isin(proposals), review.step == reviews.step_of(doc)])
		seen += frappe.qb.from_(review).select(*marks).where(of_these).run()[0]
	return "|".join(str(part) for part in (doc.modified, *seen))


def _head(doc: Document) -> dict:
	day = getdate(doc.meeting_date) if doc.meeting_date else None
	in_japanese = (frappe.local.lang or "").startswith("ja")
	return {
		**_texts("", doc),
		**_plain(doc, "meeting_title", "meeting_type", "workflow_state", "document_review", "open_to_public", "place"),
		"day": (era_date(day) if in_japanese else format_date(day)) if day else "",
		"marking_closed": bool(doc.marking_closed_on),
		"running": category_of(doc) in CALLED,
		"substitutes": bool(frappe.get_cached_value("Kyodo Programme", doc.programme, "substitutes_allowed")),
	}


def _criteria(doc: Document, proposal: dict) -> list[dict]:
	"""[{code, question, help_text, field}]: what a decision gives reasons for, and the part of the sheet it judges."""
	rules = rules_of(proposal)
	parts = form.by_criterion(rules)
	return [
		{key: row[key] for key in ("code", "question", "help_text")} | {"field": parts.get(row["code"])}
		for row in reviews.criteria_of(rules, reviews.step_of(doc))
	]


def _texts(table: str, row: Document) -> dict:
	texts = {column: as_typed(row.meta.get_field(column), row.get(column)) for column in COLUMNS[table]}
	return {"name": row.name, **texts}


def _plain(row: Document, *fields: str) -> dict:
	return {name: row.get(name) for name in fields}


# -- items -----------------------------------------------------------------------


def _items(doc: Document) -> list[dict]:
	proposals = _proposals(doc)
	decisions = _decisions(doc)
	marks = _marks(doc, {row["name"]: row for row in proposals.values()})
	counted = _counted(doc)
	return [
		_item(doc, row, proposals.get(row.name), decisions.get(row.name), marks.get(row.proposal)) | counted[row.name] for row in doc.agenda
	]


def _item(doc: Document, row: Document, proposal: dict | None, decision: dict | None, marks: dict | None) -> dict:
	item = {
		**_texts("agenda", row),
		**_plain(row, *SHOWN_OF_ITEM),
		"proposal": proposal,
		"results": _results(row, proposal),
		"criteria": _criteria(doc, proposal) if proposal else [],
		"aside": [
			_plain(one, "user", "member_name", "reason", "source", "ruling", "ruling_reason", "ruled_by")
			for one in doc.recusals
			if one.agenda_item == row.name
		],
		"opinions": [_plain(one, "member_name", "opinion", "comment") for one in doc.opinions if one.agenda_item == row.name],
		"marks": marks,
		"decision": decision,
		"withheld": _withheld(doc, row),
	}
	if item["withheld"]:
		item.update(dict.fromkeys(DISCUSSION, ""), marks=None, opinions=[])
		item["decision"] = decision and {"result": decision["result"]}
	return item


def _withheld(doc: Document, item: Document) -> bool:
	"""An officer who sits at the table and steps aside learns nothing of the item's marks and discussion here either."""
	return frappe.session.user in interests.aside(doc, item)


def _proposals(doc: Document) -> dict[str, dict]:
	"""{agenda item: the proposal that it, or the decision it corrects, is about}"""
	corrected = dict(_proposals_of_decisions([row.corrects for row in doc.agenda if row.corrects]))
	names = {row.name: row.proposal or corrected.get(row.corrects) for row in doc.agenda}
	asked = sorted({name for name in names.values() if name})
	if not asked:
		return {}
	proposal, organisation = frappe.qb.DocType("Kyodo Proposal"), frappe.qb.DocType("Kyodo Organisation")
	rows = (
		frappe.qb.from_(proposal)
		.left_join(organisation)
		.on(organisation.name == proposal.organisation)
		.select(
			*(proposal.name, proposal.title, proposal.section, proposal.requested_amount, proposal.workflow_state),
			*(proposal.programme, proposal.programme_version),
			organisation.organisation_name,
		)
		.where(proposal.name.isin(asked))
		.orderby(proposal.name)
		.run(as_dict=True)
	)
	found = {row.name: row for row in rows}
	return {item: found[name] for item, name in names.items() if name in found}


def _proposals_of_decisions(decisions: list[str]) -> list[tuple[str, str]]:
	if not decisions:
		return []
	fields = ["name", "proposal"]
	return frappe.get_all("Kyodo Decision", {"name": ["in", decisions]}, fields, as_list=True, order_by="name")


def _results(item: Document, proposal: dict | None) -> list[str]:
	"""The results the form offers for an item; whether one fits, the decision itself says."""
	if not proposal:
		return []
	state = proposal["workflow_state"]
	if item.corrects:
		return amendments.can_say(state)
	if state == "Step 1" and rules_of(proposal).two_step_decision:
		return vocabulary.enabled(vocabulary.RESULT, ["Passed to Step 2", "Not Adopted"])
	return vocabulary.enabled(vocabulary.RESULT, ["Adopted", "Adopted Conditionally", "Adopted Pending Budget", "Not Adopted"])


def _decisions(doc: Document) -> dict[str, dict]:
	fields = ["name", "modified", "agenda_item", "proposal", "result", "amount", "conditions", "advice", "modified_by"]
	rows = frappe.get_all("Kyodo Decision", {"meeting": doc.name, "docstatus": ["<", 2]}, fields, order_by="creation")
	reasons = defaultdict(list)
	if rows:
		columns = ["parent", "criterion", "question", "finding", "reason", "field"]
		given = {"parenttype": "Kyodo Decision", "parent": ["in", [row.name for row in rows]]}
		for reason in frappe.get_all("Kyodo Decision Reason", given, columns, order_by="parent, idx"):
			reasons[reason.pop("parent")].append(reason)
	return {
		row.agenda_item: {**row, "modified": str(row.modified), "amount": int(row.amount or 0), "reasons": reasons[row.name]}
		for row in rows
	}


def _marks(doc: Document, proposals: dict[str, dict]) -> dict[str, dict]:
	"""{proposal: how many marks are in, and what they say once they are released}"""
	if not proposals or reviews.step_of(doc) not in ("Step 1", "Step 2"):
		return {}
	sheets = frappe.get_all(
		"Kyodo Review",
		{"proposal": ["in", list(proposals)], "step": reviews.step_of(doc), "not_counted": 0},
		["proposal", "submitted_on", "released"],
		order_by="proposal",
	)
	found = defaultdict(lambda: {"sheets": 0, "submitted": 0, "released": 0})
	for sheet in sheets:
		row = found[sheet.proposal]
		row["sheets"] += 1
		row["submitted"] += bool(sheet.submitted_on)
		row["released"] += bool(sheet.released)
	released = [name for name, row in found.items() if row["released"]]
	summaries = reviews.summaries(released, reviews.step_of(doc)) if released else {}
	for name, (summary, passed) in summaries.items():
		found[name] |= {
			"average": summary.average,
			"spread": summary.spread,
			"vetoes": summary.vetoes,
			"pass_mark": rules_of(proposals[name]).pass_mark or None,
			"passed": passed,
		}
	return dict(found)


# -- who is there ------------------------------------------------------------------


def _counted(doc: Document) -> dict[str, dict]:
	"""{agenda item: its quorum and balance}; in the place of a count that is not possible, the sentence why."""
	return {row.name: _table(doc, row) for row in doc.agenda}


def _table(doc: Document, item: Document) -> dict:
	for row in doc.attendance:
		if problem := _left_before_arriving(row):
			return {"quorum": {"met": False, "reason": problem}, "balance": None}
	table = deliberation.table_of(doc, item)
	counted = table.quorum
	reason = _(counted.reason).format(counted.present, counted.needed) if counted.reason else ""
	return {
		"quorum": {**_numbers(counted, "present", "needed", "eligible", "met"), "reason": reason},
		"balance": _numbers(table.balance, "city", "organisation", "others", "met"),
	}


def _left_before_arriving(row: Document) -> str | None:
	if row.arrived_at and row.left_at and row.left_at < row.arrived_at:
		return _("{0} cannot leave before arriving.").format(row.member_name)
	return None


def _room(doc: Document) -> dict:
	"""How many members are in the room at present, and the balance of the two sides among them."""
	here = [row for row in doc.attendance if row.present and not row.left_at]
	balance = _numbers(seats.room_balance(doc, here), "city", "organisation", "others", "met")
	return {"present": len(here), "members": len(doc.attendance), "balance": balance}


def _numbers(counted, *names: str) -> dict:
	return {name: getattr(counted, name) for name in names}


# -- writing ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Change:
	"""A text typed into one place; was: the text its writer saw there. key: the browser's name for it."""

	key: str
	table: str
	row: str
	field: str
	text: str
	was: str


@dataclass
class _Noted:
	"""What becomes of the changes; old: {(table, row): {field: value stored before}} of what is to be stored."""

	doc: Document
	done: list[str] = field(default_factory=list)
	conflicts: dict[str, dict] = field(default_factory=dict)
	problems: dict[str, str] = field(default_factory=dict)
	old: dict[tuple[str, str], dict] = field(default_factory=lambda: defaultdict(dict))
	keys: dict[tuple[str, str, str], str] = field(default_factory=dict)


@frappe.whitelist(methods=["POST"])
def note(meeting: str, changes: list | str) -> dict:
	"""Store single values, each {key, table, row, field, value, was}, as the page sends them.

	Returns {done: keys stored (now or before), conflicts: {key: {theirs, who, when}}, problems: {key: sentence},
	before, token: tokens of `state` before and after, items, room: quorum and balance as they are now}. Of what is
	not done nothing is stored. Raises PermissionError, and ValidationError for what no page sends.
	"""
	require(OFFICER)
	typed = _read(changes)
	doc = locked(meeting, "write")
	before = _token(doc)
	noted = _Noted(doc)
	for change in typed:
		_take(noted, change)
	_check_times(noted)
	if noted.old:
		_store(noted)
	return {
		"done": noted.done,
		"conflicts": noted.conflicts,
		"problems": noted.problems,
		"before": before,
		"token": _token(doc) if noted.old else before,
		"items": _counted(doc),
		"room": _room(doc),
	}


def _read(changes: list | str) -> list[_Change]:
	rows = request_json.rows(changes)
	if len(rows) > MOST_CHANGES:
		frappe.throw(_("These changes cannot be read. Please reload the page."))
	found = [_Change(*(str(row.get(name) or "") for name in ("key", "table", "row", "field", "value", "was"))) for row in rows]
	for change in found:
		if change.field not in COLUMNS.get(change.table, ()):
			frappe.throw(_("“{0}” is not written on this page.").format(change.field[:60]), frappe.PermissionError)
	return found


def _take(noted: _Noted, change: _Change):
	"""Put one text into its place, in memory; or say why not."""
	row = _place(noted.doc, change)
	if row is None:
		noted.problems[change.key] = _("This row is not there any more.")
		return
	if change.table == "agenda" and _withheld(noted.doc, row):
		# before anything is compared: a conflict would show what is written there
		noted.problems[change.key] = _("You step aside for this item: a colleague has to write this.")
		return
	df = row.meta.get_field(change.field)
	stored = as_typed(df, row.get(change.field))
	if change.text.strip() == stored.strip():
		noted.done.append(change.key)
		return
	try:
		value = _value(df, change.text)
	except REFUSALS as error:
		frappe.clear_last_message()
		noted.problems[change.key] = sentence(error)
		return
	found = merge.outcome(merge.Typed(as_typed(df, value), merge.digest(change.was)), stored)
	if found == merge.KEEP:
		noted.done.append(change.key)
	elif found == merge.CONFLICT:
		writer = history.last_change_of(noted.doc, (change.table, change.row if change.table else change.field))
		noted.conflicts[change.key] = {"theirs": stored, "who": writer["who"], "when": str(writer["when"])[11:16]}
	elif problem := _fixed(noted.doc, row, change):
		noted.problems[change.key] = problem
	else:
		noted.old[change.table, change.row].setdefault(change.field, row.get(change.field))
		noted.keys[change.table, change.row, change.field] = change.key
		noted.done.append(change.key)
		row.set(change.field, value)


def _place(doc: Document, change: _Change) -> Document | None:
	if not change.table:
		return doc
	return next((row for row in doc.get(change.table) if row.name == change.row), None)


def _value(df, text: str) -> str | int | float | None:
	if df.fieldname in TIMES:
		return clock(text)
	return parse(df, text)


def _fixed(doc: Document, row: Document, change: _Change) -> str | None:
	"""Why this cannot be written there now."""
	if category_of(doc) not in CALLED:
		return _("The meeting is in the state {0}: this is not written on this page any more.").format(_(doc.workflow_state))
	if change.field == "substitute_name":
		allowed = frappe.get_cached_value("Kyodo Programme", doc.programme, "substitutes_allowed")
		if change.text.strip() and not allowed:
			return _("{0}: this programme does not let a substitute sit for a member.").format(row.member_name)
	return None


def _check_times(noted: _Noted):
	"""Nobody leaves before arriving: both times of such a row stay as they were."""
	for (table, name), old in list(noted.old.items()):
		row = next((row for row in noted.doc.attendance if row.name == name), None) if table == "attendance" else None
		problem = row and _left_before_arriving(row)
		if not problem:
			continue
		for column in [column for column in ("arrived_at", "left_at") if column in old]:
			row.set(column, old.pop(column))
			key = noted.keys[table, name, column]
			noted.done.remove(key)
			noted.problems[key] = problem
		if not old:
			del noted.old[table, name]


def _store(noted: _Noted):
	"""Only what was typed. The meeting is `modified` too, so that a form opened before cannot store the old values."""
	doc = noted.doc
	changed = {"changed": [], "added": [], "removed": [], "row_changed": []}
	for (table, name), old in noted.old.items():
		row = doc if not table else next(row for row in doc.get(table) if row.name == name)
		differences = [[column, value, row.get(column)] for column, value in old.items()]
		if table:
			frappe.db.set_value(row.doctype, row.name, {column: new for column, _old, new in differences})
			changed["row_changed"].append([table, row.idx - 1, row.name, differences])
		else:
			changed["changed"] += differences
	doc.modified, doc.modified_by = now_datetime(), frappe.session.user
	values = {column: new for column, _old, new in changed["changed"]}
	values |= {"modified": doc.modified, "modified_by": doc.modified_by}
	frappe.db.set_value(DOCTYPE, doc.name, values, update_modified=False)
	history.record_change(doc, changed)


# -- adding ------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def add_row(meeting: str, table: str, key: str, values: dict | str) -> str:
	"""Add a guest or a topic while the meeting runs; returns the row's name. The same `key` adds it once.

	Raises PermissionError, ValidationError.
	"""
	require(OFFICER)
	if table not in ADDED or not key:
		frappe.throw(_("“{0}” is not written on this page.").format(table[:60]), frappe.PermissionError)
	doc = locked(meeting, "write")
	name = merge.row_name(doc.name, table, key)
	if any(row.name == name for row in doc.get(table)):
		return name
	if category_of(doc) not in CALLED:
		frappe.throw(_("The meeting is in the state {0}: this is not written on this page any more.").format(_(doc.workflow_state)))
	typed = request_json.values(values)
	columns = frappe.get_meta(doc.meta.get_field(table).options)
	with translate_rule_errors():
		texts = {column: parse(columns.get_field(column), typed.get(column)) for column in ADDED[table]}
	if table == "agenda":
		texts["item_type"] = "Topic"
	row = doc.append(table, texts)
	row.name = name  # still a new row: append has marked it as one
	doc.save()
	return name
