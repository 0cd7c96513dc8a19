"""The budget of a call for all of its proposals together, and what is left of it. Amounts are whole yen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.queries import NO_NAME, among
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.programme.errors import CallBudgetExceeded
from kyodo_frappe.rules import year_terms
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import OVER, WAITING, WRITING, category, drafts, states

DECISION = "Kyodo Decision"
ADOPTED = ("Adopted", "Adopted Conditionally", "Adopted Pending Budget")
ROWS = "yearly_amounts"
RESERVE = "Reserve"  # the result and the state


@dataclass(frozen=True)
class YearBudget:
	"""A later year of the terms of a call. frame: its own budget for that year, None where the next call of its type pays; left: None
	without a frame."""

	fiscal_year: int
	frame: int | None
	granted: int
	left: int | None


@dataclass(frozen=True)
class CallBudget:
	"""frame: of the call's first year, 0 for none; asked: for that year by the submitted proposals; granted: for it by decisions and on
	moving up, of a project that was called off only what was paid; left: without what is granted and promised, None without a frame;
	proposals: number; promised: by earlier calls of its type, for this year; years: the later years of its terms."""

	frame: int
	asked: int
	granted: int
	left: int | None
	proposals: int
	promised: int = 0
	years: tuple[YearBudget, ...] = ()


def budgets(calls: list[str], except_for: str | None = None, lock: bool = False) -> dict[str, CallBudget]:
	"""{call: CallBudget}, in the same number of queries however many calls.

	A grant counts into the year it is paid in: a later year into the budget that the call names for it, else into the call of the same
	programme and type for that year. except_for: a proposal whose decision is left out; lock: read decisions as they are committed by now,
	with a lock.
	"""
	if not calls:
		return {}
	rows = _calls({"name": ["in", calls]})
	related = _related(rows.values())
	own = _own_budgets(related)
	proposals = _proposals(rows, related)
	granted = _granted_by_year(related, proposals, except_for, lock)
	asked = _asked([row.name for row in proposals if row.call in rows])
	found = {}
	for name, call in rows.items():
		mine = [row for row in proposals if row.call == name]
		whole = sum(granted[row.name].get(first_year(call), 0) for row in mine)
		promised = _promised(call, related, own, proposals, granted)
		frame = cint(call.frame) or own[name].get(1, 0)
		left = frame - whole - promised if frame else None
		wanted = sum(asked.get(row.name, cint(row.requested_amount)) for row in mine if not row.over)
		years = tuple(_later_years(call, own[name], [granted[row.name] for row in mine]))
		found[name] = CallBudget(frame, wanted, whole, left, sum(not row.over for row in mine), promised, years)
	return found


def first_year(call: dict) -> int:
	"""Return the fiscal year in which the projects of a call begin."""
	return cint(call.fiscal_year) + cint(call.for_next_year)


def _calls(filters: dict) -> dict[str, dict]:
	"""{name: call} in the order in which they open."""
	fields = ["name", "programme", "call_type", "fiscal_year", "for_next_year", "frame", "opens_on"]
	rows = frappe.get_all("Kyodo Call", filters, fields, order_by="opens_on asc, name asc")
	return {row.name: row for row in rows}


def _related(rows: Iterable[dict]) -> dict[str, dict]:
	"""The calls of the same programmes and types, of whose terms a year may fall into that of one of `rows`, and the other way round."""
	rows = list(rows)
	programmes = sorted({row.programme for row in rows}) or [NO_NAME]
	return _calls({"programme": ["in", programmes], "call_type": among(sorted({row.call_type for row in rows}))})


def _own_budgets(calls: dict[str, dict]) -> dict[str, dict[int, int]]:
	"""{call: {number of a year of the term: its budget}}, of the rows of the call, else of its programme."""
	place = {"parenttype": "Kyodo Call", "parent": among([*calls])}
	rows = defaultdict(list)
	for row in frappe.get_all("Kyodo Year Term", place, ["parent", "counted_by", "number", "budget"], order_by="parent asc, idx asc"):
		rows[row.parent].append(row)
	numbers = range(1, year_terms.MOST_YEARS + 1)
	return {
		name: {number: budget for number in numbers if (budget := year_terms.budget_of(rows[name] or _rows_of_programme(call), number))}
		for name, call in calls.items()
	}


def _rows_of_programme(call: dict) -> list:
	return frappe.get_cached_doc("Kyodo Programme", call.programme).year_terms


def _promised(call: dict, related: dict, own: dict, proposals: list[dict], granted: dict) -> int:
	"""What earlier calls of the type promise for the first year of a call; 0 unless it is the first of its type in that year."""
	year, alike = first_year(call), lambda row: (row.programme, row.call_type) == (call.programme, call.call_type)
	if next((row.name for row in related.values() if alike(row) and first_year(row) == year), call.name) != call.name:
		return 0
	number = lambda row: year - first_year(row) + 1
	earlier = {row.name for row in related.values() if alike(row) and number(row) > 1 and number(row) not in own[row.name]}
	return sum(granted[row.name].get(year, 0) for row in proposals if row.call in earlier)


def _later_years(call: dict, own: dict[int, int], granted: list[dict[int, int]]) -> Iterator[YearBudget]:
	first = first_year(call)
	for year in sorted({*(first + number - 1 for number in own), *(year for row in granted for year in row)}):
		if year > first:
			frame, sums = own.get(year - first + 1), sum(row.get(year, 0) for row in granted)
			yield YearBudget(year, frame, sums, frame - sums if frame else None)


@frappe.whitelist(methods=["GET"])
def frame_of(call: str) -> dict:
	"""Return the CallBudget of a call as a dict, for the office.

	It includes decisions that are noted and not announced, and what competitors request. Raises PermissionError.
	"""
	require(OFFICER, MANAGER)
	doc = frappe.get_doc("Kyodo Call", call)
	doc.check_permission("read")
	return asdict(budgets([doc.name])[doc.name])


def check_budget(decision: Document):
	"""Raise CallBudgetExceeded for an adoption that the budget of its call, in one of its years, can no longer pay."""
	if decision.result not in ADOPTED or not cint(decision.amount):
		return
	rows = {row.fiscal_year: cint(row.granted) for row in decision.get(ROWS) or ()}
	proposal = decision.flags.kyodo_proposal  # where the act has it
	lefts = _lefts(decision.proposal, proposal.call) if proposal else lefts_for(decision.proposal)
	wanted = rows or {min(lefts, default=0): cint(decision.amount)}
	for year, amount in wanted.items():
		left = lefts.get(year)
		if left is not None and amount > left:
			title = decision.proposal_title or decision.proposal
			frappe.throw(
				_(
					"{0}: the budget of the call has {1} yen left; {2} yen exceed it by {3} yen. Grant less, or raise the budget in the call."
				).format(f"{title}（{era_year(year)}）" if rows else title, *(f"{n:,}" for n in (left, amount, amount - left))),
				exc=CallBudgetExceeded,
			)


def lefts_for(proposal: str) -> dict[int, int | None]:
	"""{fiscal year: yen left for a proposal}, None for a year that nothing limits; {} without a call.

	Locks the calls concerned: of two simultaneous decisions, the second waits here and counts the first.
	"""
	return _lefts(proposal, frappe.db.get_value("Kyodo Proposal", proposal, "call"))


def _lefts(proposal: str, name: str | None) -> dict[int, int | None]:
	"""name: of the call that the proposal answers"""
	if not name:
		return {}
	call = _calls({"name": name})[name]
	payers = {first_year(call): name}
	for row in _related([call]).values():
		if row.call_type == call.call_type and first_year(row) > first_year(call):
			payers.setdefault(first_year(row), row.name)
	for payer in sorted(payers.values()):
		frappe.db.get_value("Kyodo Call", payer, "name", for_update=True)
	found = budgets([*payers.values()], except_for=proposal, lock=True)
	lefts = {year: found[payer].left for year, payer in payers.items()}
	return lefts | {row.fiscal_year: row.left for row in found[name].years if row.frame}


def granted_by(decision: Document | dict) -> int:
	"""Return the yen that a decision grants; for a reserve what it was granted on moving up, 0 before."""
	if decision.result == RESERVE:
		return cint(decision.moved_up_amount)
	return cint(decision.amount)


def _proposals(calls: dict[str, dict], related: dict[str, dict]) -> list[dict]:
	"""[{name, call, requested_amount, over}] of what was handed in to calls, and with a term of several years to earlier related ones.

	over: withdrawn, declined or turned down.
	"""
	years = {first_year(call) for call in calls.values()}
	earlier = [name for name, row in related.items() if any(0 < year - first_year(row) < year_terms.MOST_YEARS for year in years)]
	proposal = frappe.qb.DocType("Kyodo Proposal")
	handed_in = proposal.workflow_state.isnull() | proposal.workflow_state.notin(drafts("Kyodo Proposal"))
	query = frappe.qb.from_(proposal).select(proposal.name, proposal.call, proposal.requested_amount, proposal.workflow_state)
	rows = query.where(proposal.call.isin([*calls]) & handed_in).orderby(proposal.name).run(as_dict=True)
	if others := [name for name in earlier if name not in calls]:
		rows += query.where(proposal.call.isin(others) & (proposal.term > 1) & handed_in).orderby(proposal.name).run(as_dict=True)
	gone = {*states("Kyodo Proposal", OVER), "Not Adopted"}
	for row in rows:
		row.over = row.workflow_state in gone
	return rows


def _asked(proposals: list[str]) -> dict[str, int]:
	"""{proposal: yen requested for the first year} of those with a term of several years."""
	place = {"parenttype": "Kyodo Proposal", "parentfield": ROWS, "parent": among(proposals), "idx": 1}
	return {
		row.parent: cint(row.requested) for row in frappe.get_all("Kyodo Yearly Amount", place, ["parent", "requested"], order_by="parent")
	}


def _granted_by_year(calls: dict[str, dict], proposals: list[dict], except_for: str | None, lock: bool) -> dict[str, dict[int, int]]:
	"""{proposal: {fiscal year: yen granted}} of the last decisions, of years that were confirmed with less or ended as they are now, and
	of a project that was called off and not begun anew what was paid."""
	first = {row.name: first_year(calls[row.call]) for row in proposals}
	decided = _decided([row.name for row in proposals if not row.over and row.name != except_for], lock)
	found = defaultdict(dict)
	for name, amounts in decided.items():
		found[name] = {year or first[name]: amount for year, amount in amounts.items()}
	for row in _projects([row.name for row in proposals if row.name != except_for]):
		if row.alive and row.years and row.proposal in decided:
			found[row.proposal] = row.years
		elif not row.alive:
			found[row.proposal] = {year or first[row.proposal]: amount for year, amount in row.paid.items()}
	return found


def _projects(proposals: list[str]) -> list[dict]:
	"""[{proposal, alive, years: {fiscal year: yen granted now}, paid: {fiscal year or 0: yen, less refunds}}] for each proposal with projects.

	years: of the one that is alive; paid: of those that were called off, where none is.
	"""
	if not proposals:
		return []  # an empty list of names would find the projects without a proposal
	named = {"proposal": ["in", proposals]}
	projects = frappe.get_all("Kyodo Project", named, ["name", "proposal", "workflow_state"], order_by="name")
	years, paid = _yearly([row.name for row in projects])
	found = {}
	for row in projects:
		one = found.setdefault(row.proposal, frappe._dict(proposal=row.proposal, alive=False, years={}, paid=defaultdict(int)))
		if row.workflow_state == "Cancelled":
			for year, amount in paid[row.name].items():
				one.paid[year] += amount
			continue
		begins = category("Kyodo Project", row.workflow_state) in (WRITING, WAITING)
		# what is still promised when a project is over has never begun
		one.years = {year: amount if begins or state != "Promised" else 0 for year, (amount, state) in years[row.name].items()}
		one.alive = True
	return list(found.values())


def _yearly(projects: list[str]) -> tuple[dict[str, dict[int, tuple]], dict[str, dict[int, int]]]:
	"""({project: {fiscal year: (yen granted, its state)}}, {project: {fiscal year or 0: yen paid, less refunds}})"""
	place = {"parenttype": "Kyodo Project", "parent": among(projects)}
	years, paid = defaultdict(dict), defaultdict(lambda: defaultdict(int))
	if not projects:
		return years, paid
	for row in frappe.get_all("Kyodo Yearly Amount", place, ["parent", "fiscal_year", "granted", "year_state"], order_by="parent, idx"):
		years[row.parent][row.fiscal_year] = (cint(row.granted), row.year_state)
	payments = {**place, "paid_on": ["is", "set"]}
	for row in frappe.get_all("Kyodo Payment", payments, ["parent", "fiscal_year", "kind", "amount"], order_by="parent, idx"):
		paid[row.parent][cint(row.fiscal_year)] += cint(row.amount) * (-1 if row.kind == "Refund" else 1)
	return years, paid


def _decided(proposals: list[str], lock: bool = False) -> dict[str, dict[int, int]]:
	"""{proposal: {fiscal year, 0 where the decision has none: yen}} of the last decisions, noted ones included: a meeting grants one
	after the other."""
	decision, year = frappe.qb.DocType(DECISION), frappe.qb.DocType("Kyodo Yearly Amount")
	query = (
		frappe.qb.from_(decision)
		.left_join(year)
		.on((year.parent == decision.name) & (year.parenttype == DECISION))
		.select(decision.name, decision.proposal, decision.result, decision.amount, decision.moved_up_amount)
		.select(year.fiscal_year, year.granted)
		.where(decision.proposal.isin(proposals or [""]) & (decision.docstatus < 2))
		.orderby(decision.creation)
		.orderby(year.idx)
	)
	last, found = {}, defaultdict(dict)
	for row in (query.for_update() if lock else query).run(as_dict=True):
		if last.get(row.proposal) != row.name:
			last[row.proposal], found[row.proposal] = row.name, {}
		granted = granted_by(row) if row.result in (*ADOPTED, RESERVE) else 0
		found[row.proposal][row.fiscal_year or 0] = cint(row.granted) if granted and row.fiscal_year else granted
	return found
