"""The session page: a meeting run from one page by several clerks at once, each value saved as it is typed.

`state` loads the whole meeting in a bounded number of queries. `note` saves single values; each comes with the value its
author saw (rules/merge.py), so that nobody overwrites another's text, and sending it again changes nothing. Decisions
are recorded by committee/deliberation.py, rulings on interests by committee/interests.py.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Max
from frappe.utils import cint, format_date, getdate, now_datetime
from pypika.terms import Criterion

from kyodo_frappe.committee import amendments, closing, deliberation, entered_marks, interests, reviews, seats
from kyodo_frappe.committee.errors import MeetingOver
from kyodo_frappe.committee.meeting_record import CALLED, locked
from kyodo_frappe.common import history, request_json, vocabulary
from kyodo_frappe.common.errors import InvalidRequest
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import form, payable, years
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals.drafts import REFUSALS, error_message
from kyodo_frappe.rules import merge
from kyodo_frappe.rules.clock import time_of_day
from kyodo_frappe.rules.era import era_date, era_year
from kyodo_frappe.rules.scoring import Summary
from kyodo_frappe.web.typed_values import as_typed, parse
from kyodo_frappe.workflows.states import category_of

DOCTYPE = "Kyodo Meeting"
# editable on the page: {table ("": the meeting itself): columns}
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
# rows that can be added while the meeting runs
ADDABLE = {"guests": ("guest_name", "organisation", "agenda_no"), "agenda": ("subject",)}
# hidden from users who step aside for the item, whatever their roles
DISCUSSION_FIELDS = ("hearing", "notes", "votes_for", "votes_against", "votes_abstained", "chair_vote")
# shown on the page, but not editable
ITEM_FIELDS = ("idx", "item_type", "subject", "begins_at", "minutes_planned", "report", "evaluation_round")
MAX_CHANGES = 500


# -- reading ---------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def state(meeting: str, known: str = "") -> dict:
	"""Return everything the session page shows, or only {"token"} if nothing has changed since the token `known`.

	Editable values are strings, as inputs show them. Raises PermissionError, DoesNotExistError.
	"""
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, meeting)
	doc.check_permission("write")
	token = _state_token(doc)
	if known == token:
		return {"token": token}
	return {
		"token": token,
		"meeting": _head(doc),
		"attendance": [
			{**_editable("attendance", row), **_pick(row, "member_name", "side", "position", "answer")} for row in doc.attendance
		],
		"guests": [{**_editable("guests", row), **_pick(row, "guest_name", "agenda_no")} for row in doc.guests],
		"items": _items(doc),
		"room": _room(doc),
		"contests": [{"call": call, "items": [row.name for row in rows]} for call, rows in interests.contests(doc).items()],
	}


@frappe.whitelist(methods=["GET"])
def open_points(meeting: str) -> list[str]:
	"""Return sentences that say why the meeting cannot be closed yet; empty if it can."""
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, meeting)
	doc.check_permission("write")
	return closing.open_points(doc)


@frappe.whitelist(methods=["GET"])
def criteria(meeting: str, agenda_item: str) -> list[dict]:
	"""Return [{code, question, help_text, field}] by which the proposal of an agenda item is judged, [] for other items.

	Raises PermissionError.
	"""
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, meeting)
	doc.check_permission("write")
	proposal = _proposals(doc).get(agenda_item)
	return _criteria(doc, proposal) if proposal else []


def _state_token(doc: Document) -> str:
	"""Return a token that changes whenever something changes that the page shows."""
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
		**_editable("", doc),
		**_pick(doc, "meeting_title", "meeting_type", "workflow_state", "document_review", "open_to_public", "place"),
		"day": (era_date(day) if in_japanese else format_date(day)) if day else "",
		"marking_closed": bool(doc.marking_closed_on),
		"marked": reviews.are_marked(doc),
		"running": category_of(doc) in CALLED,
		"substitutes": bool(frappe.get_cached_value("Kyodo Programme", doc.programme, "substitutes_allowed")),
	}


def _criteria(doc: Document, proposal: dict) -> list[dict]:
	"""Return [{code, question, help_text, field}]; field: the part of the proposal that the criterion judges."""
	rules = rules_of(proposal)
	parts = form.by_criterion(rules)
	return [
		{key: row[key] for key in ("code", "question", "help_text")} | {"field": parts.get(row["code"])}
		for row in reviews.criteria_of(rules, reviews.step_of(doc))
	]


def _editable(table: str, row: Document) -> dict:
	texts = {column: as_typed(row.meta.get_field(column), row.get(column)) for column in COLUMNS[table]}
	return {"name": row.name, **texts}


def _pick(row: Document, *fields: str) -> dict:
	return {name: row.get(name) for name in fields}


# -- items -----------------------------------------------------------------------


def _items(doc: Document) -> list[dict]:
	proposals = _proposals(doc)
	decisions = _decisions(doc)
	by_name = {row["name"]: row for row in proposals.values()}
	marks, further = _marks(doc, by_name), _further_marks(doc, by_name)
	counted = _item_counts(doc)
	return [
		_item(doc, row, proposals.get(row.name), decisions.get(row.name), marks.get(row.proposal))
		| {"further": [] if _is_recused(doc, row) else further.get(row.proposal, [])}
		| counted[row.name]
		for row in doc.agenda
	]


def _item(doc: Document, row: Document, proposal: dict | None, decision: dict | None, marks: dict | None) -> dict:
	item = {
		**_editable("agenda", row),
		**_pick(row, *ITEM_FIELDS),
		"proposal": proposal,
		"results": _possible_results(row, proposal),
		"criteria": _criteria(doc, proposal) if proposal else [],
		"recusals": [
			_pick(recusal, "user", "member_name", "reason", "source", "ruling", "ruling_reason", "ruled_by")
			for recusal in doc.recusals
			if recusal.agenda_item == row.name
		],
		"opinions": [_pick(opinion, "member_name", "opinion", "comment") for opinion in doc.opinions if opinion.agenda_item == row.name],
		"marks": marks,
		"decision": decision,
		"withheld": _is_recused(doc, row),
	}
	if item["withheld"]:
		item.update(dict.fromkeys(DISCUSSION_FIELDS, ""), marks=None, opinions=[])
		item["decision"] = decision and {"result": decision["result"]}
	return item


def _is_recused(doc: Document, item: Document) -> bool:
	"""Whether the user steps aside for an item; officers who sit on the committee are no exception."""
	return frappe.session.user in interests.recused(doc, item)


def _proposals(doc: Document) -> dict[str, dict]:
	"""Return {agenda item: its proposal, or that of the decision it corrects}."""
	corrected = dict(_proposals_of_decisions([row.corrects for row in doc.agenda if row.corrects]))
	names = {row.name: row.proposal or corrected.get(row.corrects) for row in doc.agenda}
	proposal_names = sorted({name for name in names.values() if name})
	if not proposal_names:
		return {}
	proposal, organisation = frappe.qb.DocType("Kyodo Proposal"), frappe.qb.DocType("Kyodo Organisation")
	rows = (
		frappe.qb.from_(proposal)
		.left_join(organisation)
		.on(organisation.name == proposal.organisation)
		.select(
			*(proposal.name, proposal.title, proposal.section, proposal.requested_amount, proposal.workflow_state),
			*(proposal.programme, proposal.programme_version, proposal.call, proposal.term, proposal.organisation),
			*(proposal.search_key, proposal.creation, proposal.fiscal_year, proposal.needs_budget),
			organisation.organisation_name,
		)
		.where(proposal.name.isin(proposal_names))
		.orderby(proposal.name)
		.run(as_dict=True)
	)
	words = payable.of_proposals(rows)
	years.load_rows("Kyodo Proposal", rows)
	for row in rows:
		row.payable = words[row.name].limit
		row.computation = payable.computation(words[row.name])
		limits = {year: found.limit for year, found in words[row.name].years}
		row.yearly = [
			{"fiscal_year": year, "label": era_year(year), "requested": amount, "payable": limits.get(year)}
			for year, amount in years.requested(row).items()
		]
		del row[years.ROWS]
	found = {row.name: row for row in rows}
	return {item: found[name] for item, name in names.items() if name in found}


def _proposals_of_decisions(decisions: list[str]) -> list[tuple[str, str]]:
	if not decisions:
		return []
	fields = ["name", "proposal"]
	return frappe.get_all("Kyodo Decision", {"name": ["in", decisions]}, fields, as_list=True, order_by="name")


def _possible_results(item: Document, proposal: dict | None) -> list[str]:
	"""Return the results offered for an item; the decision checks whether the chosen one is valid."""
	if not proposal:
		return []
	state = proposal["workflow_state"]
	if item.corrects:
		return amendments.possible_results(state)
	if state == "Step 1" and rules_of(proposal).two_step_decision:
		return vocabulary.enabled(vocabulary.RESULT, ["Passed to Step 2", "Not Adopted"])
	return vocabulary.enabled(vocabulary.RESULT, ["Adopted", "Adopted Conditionally", "Adopted Pending Budget", "Reserve", "Not Adopted"])


def _decisions(doc: Document) -> dict[str, dict]:
	fields = [
		*("name", "modified", "agenda_item", "proposal", "result", "amount", "conditions", "advice", "modified_by"),
		*("rank", "below_reason"),
	]
	rows = frappe.get_all("Kyodo Decision", {"meeting": doc.name, "docstatus": ["<", 2]}, fields, order_by="creation")
	reasons = defaultdict(list)
	years.load_rows("Kyodo Decision", rows)
	if rows:
		columns = ["parent", "criterion", "question", "finding", "reason", "field"]
		given = {"parenttype": "Kyodo Decision", "parent": ["in", [row.name for row in rows]]}
		for reason in frappe.get_all("Kyodo Decision Reason", given, columns, order_by="parent, idx"):
			reasons[reason.pop("parent")].append(reason)
	return {
		row.agenda_item: {
			**{field: value for field, value in row.items() if field != years.ROWS},
			"modified": str(row.modified),
			"amount": int(row.amount or 0),
			"reasons": reasons[row.name],
			"yearly": years.granted(row),
		}
		for row in rows
	}


def _marks(doc: Document, proposals: dict[str, dict]) -> dict[str, dict]:
	"""Return {proposal: numbers of reviews, with their summary once they are released}."""
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
	with_result = [name for name, row in proposals.items() if found[name]["released"] or rules_of(row).further_marks]
	summaries = reviews.summaries(with_result, reviews.step_of(doc)) if with_result else {}
	for name, (summary, passed) in summaries.items():
		found[name] |= _result_of(rules_of(proposals[name]), reviews.step_of(doc), summary, passed)
	return {name: row for name, row in found.items() if row["sheets"] or row.get("score")}


def _result_of(rules, step: str, summary: Summary, passed: bool | None) -> dict:
	"""What the released marks say; `score`: the result in the points of the city, "" where it is the average out of 100."""
	return {
		"average": summary.average,
		"score": reviews.own_points(rules, summary),
		"spread": summary.spread,
		"vetoes": summary.vetoes,
		"left_out": summary.left_out,
		"below": reviews.below_least(rules, step, summary),
		"pass_mark": rules.pass_mark or None,
		"pass_mark_unit": "％" if cint(rules.pass_mark_percent) else "",
		"passed": passed,
	}


def _further_marks(doc: Document, proposals: dict[str, dict]) -> dict[str, list[dict]]:
	"""Return {proposal: the marks that the office enters as totals}; points None where not entered yet."""
	rules = {name: rules_of(row) for name, row in proposals.items()}
	return entered_marks.of_proposals(rules, reviews.step_of(doc))


# -- attendance --------------------------------------------------------------------


def _item_counts(doc: Document) -> dict[str, dict]:
	"""Return {agenda item: quorum and balance, or a sentence that says why they cannot be counted}."""
	return {row.name: _item_count(doc, row) for row in doc.agenda}


def _item_count(doc: Document, item: Document) -> dict:
	for row in doc.attendance:
		if problem := _left_before_arriving(row):
			return {"quorum": {"met": False, "reason": problem}, "balance": None}
	table = deliberation.participation(doc, item)
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
	"""Return how many members are in the room now, and the balance of the two sides."""
	here = [row for row in doc.attendance if row.present and not row.left_at]
	balance = _numbers(seats.room_balance(doc, here), "city", "organisation", "others", "met")
	return {"present": len(here), "members": len(doc.attendance), "balance": balance}


def _numbers(counted, *names: str) -> dict:
	return {name: getattr(counted, name) for name in names}


# -- writing ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Change:
	"""A text typed into one place. was: the text its author saw; key: the browser's name for the place."""

	key: str
	table: str
	row: str
	field: str
	text: str
	was: str


@dataclass
class _Outcome:
	"""What becomes of the changes. old: {(table, row): {field: previous value}} of the values to be saved."""

	doc: Document
	done: list[str] = field(default_factory=list)
	conflicts: dict[str, dict] = field(default_factory=dict)
	problems: dict[str, str] = field(default_factory=dict)
	old: dict[tuple[str, str], dict] = field(default_factory=lambda: defaultdict(dict))
	keys: dict[tuple[str, str, str], str] = field(default_factory=dict)


@frappe.whitelist(methods=["POST"])
def note(meeting: str, changes: list | str) -> dict:
	"""Save single values, each {key, table, row, field, value, was}.

	Returns {done: keys saved now or before, conflicts: {key: {theirs, who, when}}, problems: {key: sentence}, before, token:
	of `state` before and after, items, room: current quorum and balance}. Changes that are not done are not saved. Raises
	PermissionError, and ValidationError for input that no page sends.
	"""
	require(OFFICER)
	typed = _parse_changes(changes)
	doc = locked(meeting, "write")
	before = _state_token(doc)
	outcome = _Outcome(doc)
	for change in typed:
		_apply(outcome, change)
	_revert_impossible_times(outcome)
	if outcome.old:
		_store(outcome)
	return {
		"done": outcome.done,
		"conflicts": outcome.conflicts,
		"problems": outcome.problems,
		"before": before,
		"token": _state_token(doc) if outcome.old else before,
		"items": _item_counts(doc),
		"room": _room(doc),
	}


def _parse_changes(changes: list | str) -> list[_Change]:
	rows = request_json.rows(changes)
	if len(rows) > MAX_CHANGES:
		frappe.throw(_("These changes cannot be read. Please reload the page."), InvalidRequest)
	found = [_Change(*(str(row.get(name) or "") for name in ("key", "table", "row", "field", "value", "was"))) for row in rows]
	for change in found:
		if change.field not in COLUMNS.get(change.table, ()):
			frappe.throw(_("“{0}” cannot be entered on this page.").format(change.field[:60]), frappe.PermissionError)
	return found


def _apply(outcome: _Outcome, change: _Change):
	"""Set one value in memory, or note why it cannot be set."""
	row = _target_row(outcome.doc, change)
	if row is None:
		outcome.problems[change.key] = _("This row no longer exists.")
		return
	if change.table == "agenda" and _is_recused(outcome.doc, row):
		# checked before comparing: a conflict would show the stored text
		outcome.problems[change.key] = _("You have stepped aside for this item. A colleague has to enter this.")
		return
	df = row.meta.get_field(change.field)
	stored = as_typed(df, row.get(change.field))
	if change.text.strip() == stored.strip():
		outcome.done.append(change.key)
		return
	try:
		value = _value(df, change.text)
	except REFUSALS as error:
		frappe.clear_last_message()
		outcome.problems[change.key] = error_message(error)
		return
	found = merge.outcome(merge.Typed(as_typed(df, value), merge.digest(change.was)), stored)
	if found == merge.KEEP:
		outcome.done.append(change.key)
	elif found == merge.CONFLICT:
		writer = history.last_change_of(outcome.doc, (change.table, change.row if change.table else change.field))
		outcome.conflicts[change.key] = {"theirs": stored, "who": writer["who"], "when": str(writer["when"])[11:16]}
	elif problem := _write_problem(outcome.doc, row, change):
		outcome.problems[change.key] = problem
	else:
		outcome.old[change.table, change.row].setdefault(change.field, row.get(change.field))
		outcome.keys[change.table, change.row, change.field] = change.key
		outcome.done.append(change.key)
		row.set(change.field, value)


def _target_row(doc: Document, change: _Change) -> Document | None:
	if not change.table:
		return doc
	return next((row for row in doc.get(change.table) if row.name == change.row), None)


def _value(df, text: str) -> str | int | float | None:
	if df.fieldname in TIMES:
		return time_of_day(text)
	return parse(df, text)


def _write_problem(doc: Document, row: Document, change: _Change) -> str | None:
	"""Return why a value cannot be written now; None if it can."""
	if category_of(doc) not in CALLED:
		return _("The meeting is in the state {0}. This can no longer be entered here.").format(_(doc.workflow_state))
	if change.field == "substitute_name":
		allowed = frappe.get_cached_value("Kyodo Programme", doc.programme, "substitutes_allowed")
		if change.text.strip() and not allowed:
			return _("{0}: this programme does not allow substitutes.").format(row.member_name)
	return None


def _revert_impossible_times(outcome: _Outcome):
	"""Restore both times of members who would leave before they arrive."""
	for (table, name), old in list(outcome.old.items()):
		row = next((row for row in outcome.doc.attendance if row.name == name), None) if table == "attendance" else None
		problem = row and _left_before_arriving(row)
		if not problem:
			continue
		for column in [column for column in ("arrived_at", "left_at") if column in old]:
			row.set(column, old.pop(column))
			key = outcome.keys[table, name, column]
			outcome.done.remove(key)
			outcome.problems[key] = problem
		if not old:
			del outcome.old[table, name]


def _store(outcome: _Outcome):
	"""Save only the changed values. `modified` changes too, so that a form opened earlier cannot save old values."""
	doc = outcome.doc
	changed = {"changed": [], "added": [], "removed": [], "row_changed": []}
	for (table, name), old in outcome.old.items():
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
	"""Add a guest or a topic while the meeting runs. Returns the name of the row; the same `key` adds it only once.

	Raises PermissionError, ValidationError.
	"""
	require(OFFICER)
	if table not in ADDABLE or not key:
		frappe.throw(_("“{0}” cannot be entered on this page.").format(table[:60]), frappe.PermissionError)
	doc = locked(meeting, "write")
	name = merge.row_name(doc.name, table, key)
	if any(row.name == name for row in doc.get(table)):
		return name
	if category_of(doc) not in CALLED:
		frappe.throw(_("The meeting is in the state {0}. This can no longer be entered here.").format(_(doc.workflow_state)), MeetingOver)
	typed = request_json.values(values)
	columns = frappe.get_meta(doc.meta.get_field(table).options)
	with translate_rule_errors():
		texts = {column: parse(columns.get_field(column), typed.get(column)) for column in ADDABLE[table]}
	if table == "agenda":
		texts["item_type"] = "Topic"
	row = doc.append(table, texts)
	row.name = name  # append has marked the row as new, so it is inserted under this name
	doc.save()
	return name
