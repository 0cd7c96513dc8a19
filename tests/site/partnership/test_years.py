"""Terms of several years: amounts, rates and ceilings per year, the frame of each, and the next year that is confirmed (domain.md §7)."""

import frappe
import pytest
from frappe.utils import nowdate
from partnership import ACCOUNT, PROJECT, refused
from portal_client import send, visit

from kyodo_frappe.committee.errors import AmountExceedsPayable, AmountExceedsRequest
from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.evaluation import next_year
from kyodo_frappe.evaluation.errors import InvalidNextYear, LookMissing, NextYearTooEarly, YearAlreadyAnswered
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.partnership import payment_requests, payments
from kyodo_frappe.partnership.errors import (
	AdvanceTooHigh,
	GrantExceedsPayable,
	OfficeOnly,
	PaymentExceedsSettlement,
	ProjectNotActive,
	YearFixed,
	YearNotConfirmed,
)
from kyodo_frappe.patches import terms_of_years
from kyodo_frappe.programme import call_budget, payable
from kyodo_frappe.programme.errors import (
	CallBudgetExceeded,
	CallRulesBind,
	CallTermExceeded,
	CostsOfYearsDiffer,
	YearlyAmountsDiffer,
	YearOutsideTerm,
)
from kyodo_frappe.proposals.errors import RequestedAmountTooHigh
from kyodo_frappe.rules import rates, year_terms
from kyodo_frappe.workflows.errors import ContentFrozen

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

PROPOSAL, CALL, REPORT, LETTER, PROGRAMME = "Kyodo Proposal", "Kyodo Call", "Kyodo Report", "Kyodo Letter", "Kyodo Programme"
NEXT = "kyodo_frappe.evaluation.next_year."
ASK = "kyodo_frappe.partnership.payment_requests.ask"
FALLING = [
	{"counted_by": "Year of the Term", "number": 1, "rate": "90"},
	{"counted_by": "Year of the Term", "number": 2, "rate": "８０％"},
	{"counted_by": "Year of the Term", "number": 3, "rate": "10分の7"},
]
COSTS = (400000, 300000, 200000)
MOST = (360000, 240000, 140000)  # 90, 80 and 70 % of them


def call(town, year_terms=FALLING, **more) -> str:
	values = {
		"call_name": "協働事業の募集",
		"programme": town.programme,
		"call_type": "Open",
		"published": 1,
		"fiscal_year": 2026,
		"years": 3,
	}
	rows = [dict(row) for row in year_terms]
	return town.officer.insert({"doctype": CALL, **values, "year_terms": rows, **more})["name"]


def lines(costs=COSTS) -> list[dict]:
	return [
		{"category": "Consumables", "description": "食材", "unit_price": cost, "quantity": 1, "year_number": number}
		for number, cost in enumerate(costs, 1)
	]


def amounts(values=MOST, first=2026, field="requested") -> list[dict]:
	return [{"fiscal_year": first + number, field: value} for number, value in enumerate(values)]


def draft(town, name: str | None, term: int = 3, **more) -> str:
	values = {"call": name, "term": term, "needs_budget": 1, "expenses": lines(), "yearly_amounts": amounts(), **more}
	return town.draft(**values)


def in_one_step(town, **values):
	frappe.db.set_value(PROGRAMME, town.programme, {"two_step_decision": 0, "budget_vote": 0, **values})
	town.rules_changed()


def proposed(town, name: str, **more) -> str:
	proposal = draft(town, name, **more)
	cycle_steps.submit(town.representative, proposal)
	cycle_steps.receive(town.officer, proposal)
	cycle_steps.refer(town.officer, proposal, town.section)
	return proposal


def adopted(town, name: str | None = None, granted=MOST, **more) -> str:
	"""The project of an adopted proposal."""
	in_one_step(town)
	proposal = proposed(town, name or call(town), **more)
	first = frappe.get_doc(PROPOSAL, proposal).yearly_amounts[0].fiscal_year
	town.decided(proposal, "Adopted", yearly=amounts(granted, first, "granted"))
	return frappe.db.get_value(PROJECT, {"proposal": proposal})


def running(town, **more) -> str:
	project = adopted(town, **more)
	cycle_steps.agree(town.section_officer, town.representative, project, "協働負担事業")
	cycle_steps.run(town.section_officer, project)
	return project


@pytest.fixture
def project(town, walk_once):
	"""The project of a proposal for three years, under way."""
	return walk_once(running, town)


def look(town, project: str, year: int, state="Discussed", outcome=None):
	"""A mid-term look that has come to a state."""
	name = town.section_officer.call("kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=year, phase="Mid-term")
	frappe.db.set_value("Kyodo Evaluation Round", name, {"workflow_state": state, "outcome": outcome})


def confirm(town, project: str, year=2027, client=None, **more):
	return (client or town.officer).call(f"{NEXT}confirm", project=project, fiscal_year=year, **more)


def rows_of(project: str) -> list[tuple]:
	return [(row.fiscal_year, row.granted, row.year_state) for row in frappe.get_doc(PROJECT, project).yearly_amounts]


# -- the proposal --------------------------------------------------------------------------------------


def test_each_year_has_its_own_cost_rate_and_limit(town):
	name = draft(town, call(town, ceiling=350000))
	doc = frappe.get_doc(PROPOSAL, name)
	assert [(row.fiscal_year, row.cost, row.rate, row.ceiling) for row in doc.yearly_amounts] == [
		(2026, 400000, "90", 350000),
		(2027, 300000, "80", 350000),
		(2028, 200000, "70", 350000),
	]
	assert doc.requested_amount == sum(MOST), "the whole amount follows the years"
	found = payable.of_proposal(doc)
	assert [(year, one.limit) for year, one in found.years] == [(2026, 350000), (2027, 240000), (2028, 140000)]
	assert found.limit == 730000
	said = refused(cycle_steps.submit, town.representative, name, exc=RequestedAmountTooHigh)
	assert "令和8年度" in said and "10,000円" in said
	rows = [{"name": row.name, "requested": value} for row, value in zip(doc.yearly_amounts, (350000, 240000, 140000), strict=True)]
	town.representative.update(PROPOSAL, name, {"yearly_amounts": [{**a, **b} for a, b in zip(amounts(), rows, strict=True)]})
	assert frappe.db.get_value(PROPOSAL, name, "requested_amount") == 730000
	cycle_steps.submit(town.representative, name)
	assert town.state(PROPOSAL, name) == "Submitted"


def test_the_portal_asks_by_year_only_where_the_term_has_several(town):
	one, three = call(town, years=1, year_terms=[]), call(town)
	name = town.draft(call=one, needs_budget=1)
	rep = town.representative.user
	assert "year_number" not in visit(rep, f"my/proposals/{name}/money")[1]
	assert 'name="term"' not in visit(rep, f"my/proposals/{name}/basics")[1]
	send(rep, "proposals.actions.save_step", name=name, step="basics", call=three, **{"was-call": _was(name, "call")})
	assert 'name="term"' in visit(rep, f"my/proposals/{name}/basics")[1]
	send(rep, "proposals.actions.save_step", name=name, step="basics", term="３", **{"was-term": _was(name, "term")})
	page = visit(rep, f"my/proposals/{name}/money")[1]
	assert "令和8年度" in page and "令和10年度" in page and "yearly_amounts-2-requested" in page and "expenses-0-year_number" in page
	assert 'data-add-row="yearly_amounts"' not in page
	doc = frappe.get_doc(PROPOSAL, name)
	typed = {"rows-yearly_amounts": "3"}
	for number, row in enumerate(doc.yearly_amounts):
		typed |= {f"yearly_amounts-{number}-name": row.name, f"yearly_amounts-{number}-was": _was_row(row)}
		typed |= {f"yearly_amounts-{number}-fiscal_year": str(row.fiscal_year), f"yearly_amounts-{number}-requested": "１２万円"}
	send(rep, "proposals.actions.save_step", name=name, step="money", **typed)
	doc.reload()
	assert [row.requested for row in doc.yearly_amounts] == [120000] * 3 and doc.requested_amount == 360000
	check = visit(rep, f"my/proposals/{name}/check")[1]
	assert "令和9年度：" in check and "80％" in check


def _was(name: str, field: str) -> str:
	from kyodo_frappe.proposals import drafts
	from kyodo_frappe.rules import merge

	return merge.digest(drafts.field_text(frappe.get_doc(PROPOSAL, name), field))


def _was_row(row) -> str:
	from kyodo_frappe.proposals import drafts
	from kyodo_frappe.rules import merge

	return merge.row_digest(drafts.row_texts(row, ("fiscal_year", "requested")))


def test_what_contradicts_the_term_is_refused(town):
	name = call(town)
	bad_term = violation_of(year_terms.BadTerm)
	refused(draft, town, name, term=4, exc=bad_term, says="3年まで")
	refused(draft, town, None, exc=bad_term, says="1年まで")
	refused(draft, town, name, expenses=lines((1, 1, 1, 1)), exc=YearOutsideTerm, says="4年目")
	refused(draft, town, name, yearly_amounts=amounts((1, 1, 1, 1)), exc=YearOutsideTerm, says="2029")
	refused(draft, town, name, yearly_amounts=[*amounts(), {"fiscal_year": 2026, "requested": 1}], exc=YearOutsideTerm, says="令和8年度")
	refused(draft, town, name, term=1, expenses=lines((1,)), exc=YearOutsideTerm, says="2026")
	costs = [{**row, "cost": 999} for row in amounts()]
	refused(draft, town, name, yearly_amounts=costs, exc=CostsOfYearsDiffer, says="400,000円")
	proposal = draft(town, name)
	refused(town.representative.update, PROPOSAL, proposal, {"term": 2}, exc=YearOutsideTerm, says="3年目")
	town.representative.update(PROPOSAL, proposal, {"requested_amount": 1})
	said = refused(cycle_steps.submit, town.representative, proposal, exc=YearlyAmountsDiffer)
	assert "740,000円" in said and "1円" in said
	granted = [{**row, "granted": 5000000} for row in amounts()]
	assert not any(row.granted for row in frappe.get_doc(PROPOSAL, draft(town, name, yearly_amounts=granted)).yearly_amounts)


def test_rows_follow_a_call_that_begins_later(town):
	first, later = call(town), call(town, for_next_year=1)
	name = draft(town, first)
	town.representative.update(PROPOSAL, name, {"call": later})
	rows = frappe.get_doc(PROPOSAL, name).yearly_amounts
	assert [(row.fiscal_year, row.requested) for row in rows] == [(2027, 360000), (2028, 240000), (2029, 140000)]


def test_a_proposal_of_one_year_has_no_rows(town):
	name = town.draft(call=call(town), needs_budget=1, requested_amount=400000)
	doc = frappe.get_doc(PROPOSAL, name)
	assert (doc.term, doc.yearly_amounts) == (1, [])
	assert payable.of_proposal(doc).limit == 540000, "90 % in the first year"


def test_the_rate_falls_by_repetition(town):
	in_one_step(town)
	terms = [{"counted_by": "Time of the Project", "number": n, "rate": rate} for n, rate in ((1, "3分の2"), (2, "1/2"), (3, "3分の1"))]
	name = call(town, years=1, year_terms=terms)
	for limit in (400000, 300000, 200000, 200000):
		proposal = town.draft(call=name, needs_budget=1, requested_amount=limit)
		town.representative.update(PROPOSAL, proposal, {"title": "親子の食卓"})
		assert payable.of_proposal(frappe.get_doc(PROPOSAL, proposal)).limit == limit
		cycle_steps.submit(town.representative, proposal)
		cycle_steps.receive(town.officer, proposal)
		cycle_steps.refer(town.officer, proposal, town.section)
		town.decided(proposal, "Adopted", amount=limit)
		project = frappe.get_doc(PROJECT, {"proposal": proposal})
		assert payable.of_plan(project, project).limit == limit, "the project keeps the rate of its time"


# -- what a call and a programme declare ---------------------------------------------------------------------


@pytest.mark.parametrize(
	("rows", "values", "exc", "says"),
	[
		([{"number": 1, "rate": "0"}], {}, rates.BadRate, "0"),
		([{"number": 1, "rate": "120%"}], {}, rates.BadRate, "120%"),
		([{"number": 4, "rate": "50"}], {}, year_terms.BadYearTerm, "4"),
		([{"number": 1, "rate": "50"}, {"number": 1, "rate": "40"}], {}, year_terms.DuplicateYearTerm, "2行目"),
		([{"number": 2}], {}, year_terms.EmptyYearTerm, "1行目"),
		([{"number": 2, "ceiling": 500001, "budget": 500000}], {}, year_terms.YearCeilingAboveBudget, "500,001円"),
		([{"number": 1, "ceiling": 600000}], {"frame": 500000}, year_terms.YearCeilingAboveBudget, "600,000円"),
		([{"number": 1, "budget": 400000}], {"frame": 500000}, year_terms.FirstYearBudgetDiffers, "400,000円"),
		([{"number": 2, "budget": 1, "counted_by": "Time of the Project"}], {}, year_terms.BudgetOfTime, "1行目"),
	],
)
def test_terms_that_contradict_themselves_are_refused(town, rows, values, exc, says):
	rows = [{"counted_by": "Year of the Term", **row} for row in rows]
	refused(call, town, rows, exc=violation_of(exc), says=says, **values)


def test_a_call_is_no_longer_than_its_programme_and_reads_its_rows_from_it(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.update({"years": 2, "year_terms": [dict(row) for row in FALLING[:2]]})
	doc.save()
	town.rules_changed()
	refused(call, town, [], exc=CallTermExceeded, says="2年")
	proposal = draft(town, call(town, [], years=2), term=2, expenses=lines(COSTS[:2]), yearly_amounts=amounts(MOST[:2]))
	assert [row.rate for row in frappe.get_doc(PROPOSAL, proposal).yearly_amounts] == ["90", "80"]
	own = draft(town, call(town, [], years=2, rate="50"), term=2, expenses=lines(COSTS[:2]), yearly_amounts=amounts(MOST[:2]))
	assert [row.rate for row in frappe.get_doc(PROPOSAL, own).yearly_amounts] == ["50", "50"]
	without = draft(town, None, term=2, expenses=lines(COSTS[:2]), yearly_amounts=[])
	assert len(frappe.get_doc(PROPOSAL, without).yearly_amounts) == 2
	doc.years = 1
	refused(doc.save, exc=violation_of(year_terms.BadYearTerm))


def test_what_a_year_pays_stays_once_a_proposal_is_handed_in(town):
	name = call(town)
	cycle_steps.submit(town.representative, draft(town, name))
	rows = frappe.get_doc(CALL, name).year_terms
	kept = [{"name": row.name, "counted_by": row.counted_by, "number": row.number, "rate": row.rate} for row in rows]
	refused(town.officer.update, CALL, name, {"year_terms": [{**row, "rate": "10"} for row in kept]}, exc=CallRulesBind)
	town.officer.update(CALL, name, {"year_terms": [{**row, "budget": 900000} for row in kept]})


# -- the decision --------------------------------------------------------------------------------------


def test_a_meeting_grants_year_by_year_and_no_year_more_than_it_may(town):
	in_one_step(town)
	proposal = proposed(town, call(town), yearly_amounts=amounts((360000, 200000, 140000)))
	meeting = town.in_session(proposal)
	decide = lambda **more: cycle_steps.decide(town.officer, meeting, proposal, "Adopted", **more)
	refused(decide, amount=600000, exc=YearlyAmountsDiffer, says="3年")
	refused(decide, yearly=amounts((360000, 200001, 0), field="granted"), exc=AmountExceedsRequest, says="令和9年度")
	refused(decide, yearly=amounts((1, 1), 2029, "granted"), exc=YearOutsideTerm, says="2029")
	refused(decide, amount=1, yearly=amounts((360000, 200000, 140000), field="granted"), exc=YearlyAmountsDiffer)
	rows = frappe.get_all("Kyodo Expense Line", {"parent": proposal, "year_number": 3}, pluck="name")
	frappe.db.set_value("Kyodo Expense Line", rows[0], "amount", 100000)
	refused(decide, amount=700000, exc=AmountExceedsPayable, says="70,000円")
	frappe.db.set_value("Kyodo Expense Line", rows[0], "amount", 200000)
	decide(amount=700000)
	decide(yearly=amounts((300000, 200000, 100000), field="granted"))
	cycle_steps.close(town.officer, meeting)
	project = frappe.get_doc(PROJECT, {"proposal": proposal})
	assert rows_of(project.name) == [(2026, 300000, "Year Confirmed"), (2027, 200000, "Promised"), (2028, 100000, "Promised")]
	assert project.granted_amount == 600000 and str(project.to_date) == "2029-03-31"
	assert [row.granted for row in frappe.get_doc(PROPOSAL, proposal).yearly_amounts] == [300000, 200000, 100000]
	letter = frappe.get_doc(LETTER, {"proposal": proposal, "letter_type": "Adopted"})
	items = {item["label"]: item["lines"] for item in letter_text.letter_context(letter)["items"]}
	assert items["市の負担額"] == ["600,000円（令和8年度 300,000円、令和9年度 200,000円、令和10年度 100,000円）"]
	assert "令和9年度：対象経費 300,000円 × 80％" in payable.describe_limit(payable.of_proposal(frappe.get_doc(PROPOSAL, proposal)))


def test_the_session_offers_an_amount_for_each_year(town):
	in_one_step(town)
	proposal = proposed(town, call(town))
	meeting = town.in_session(proposal)
	item = town.officer.call("kyodo_frappe.committee.session.state", meeting=meeting)["items"][0]
	shown = item["proposal"]["yearly"]
	assert [(row["fiscal_year"], row["requested"], row["payable"]) for row in shown] == [
		(2026 + number, most, most) for number, most in enumerate(MOST)
	]
	assert any("令和10年度" in line for line in item["proposal"]["computation"])


# -- the frame -----------------------------------------------------------------------------------------


def test_a_grant_counts_into_the_year_it_is_paid_in(town):
	in_one_step(town)
	first = call(town, frame=500000)
	later = call(town, frame=300000, fiscal_year=2027)
	proposal = proposed(town, first)
	meeting = town.in_session(proposal)
	cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=sum(MOST))
	found = call_budget.budgets([first, later])
	assert (found[first].granted, found[first].left, found[first].asked) == (360000, 140000, 360000)
	assert (found[later].promised, found[later].left, found[later].granted) == (240000, 60000, 0)
	assert [(row.fiscal_year, row.granted) for row in found[first].years] == [(2027, 240000), (2028, 140000)]
	cycle_steps.close(town.officer, meeting)
	other = proposed(town, later, term=1, expenses=lines((200000,)), yearly_amounts=[], requested_amount=100000)
	with pytest.raises(CallBudgetExceeded, match="60,000円"):
		town.decided(other, "Adopted", amount=100000)


def test_a_budget_of_its_own_pays_a_later_year(town):
	in_one_step(town)
	rows = [FALLING[0], {**FALLING[1], "budget": 230000}, FALLING[2]]
	name, later = call(town, rows, frame=500000), call(town, frame=300000, fiscal_year=2027)
	proposal = proposed(town, name)
	said = refused(town.decided, proposal, "Adopted", amount=sum(MOST), exc=CallBudgetExceeded)
	assert "令和9年度" in said and "230,000円" in said
	town.decided(proposal, "Adopted", yearly=amounts((360000, 230000, 140000), field="granted"))
	found = call_budget.budgets([name, later])
	assert found[later].promised == 0 and found[name].years[0].left == 0


# -- payments ------------------------------------------------------------------------------------------


def test_nothing_is_asked_for_or_paid_before_its_year_is_confirmed(town, project):
	frappe.db.set_value(PROGRAMME, town.programme, "advance_most", 50)
	town.rules_changed()
	doc = frappe.get_doc(PROJECT, project)
	assert payments.advance_limit(doc, 2026) == 180000 and payments.advance_limit(doc, 2027) == 0
	assert payments.left_to_pay(doc) == 360000
	ask = lambda amount, **more: town.representative.call(ASK, project=project, kind="Advance", amount=amount, **ACCOUNT, **more)
	refused(ask, 1000, fiscal_year=2027, exc=YearNotConfirmed, says="令和9年度")
	refused(ask, 1000, fiscal_year=2031, exc=YearOutsideTerm, says="2031")
	refused(ask, 180001, exc=AdvanceTooHigh, says="180,000円")
	name = ask(180000)
	assert frappe.db.get_value("Kyodo Payment Request", name, "fiscal_year") == 2026
	town.officer.act("Kyodo Payment Request", name, "Decide Payment")
	paid = {"kind": "Instalment", "amount": 1000, "paid_on": nowdate(), "fiscal_year": 2027}
	rows = [
		{field: row.get(field) for field in ("name", "kind", "amount", "request", "fiscal_year")}
		for row in frappe.get_doc(PROJECT, project).payments
	]
	refused(town.officer.update, PROJECT, project, {"payments": [*rows, paid]}, exc=YearNotConfirmed)
	page = visit(town.representative.user, f"my/projects/{project}/payments")[1]
	assert "令和9年度" in page and "予定" in page and "確認済み" in page
	refused(town.officer.update, PROJECT, project, {"granted_amount": 5000000}, exc=YearlyAmountsDiffer)
	tampered = [
		{**row, "year_state": "Year Confirmed", "granted": 9999999} for row in town.officer.read(PROJECT, project)["yearly_amounts"]
	]
	town.officer.update(PROJECT, project, {"yearly_amounts": tampered})
	assert rows_of(project)[1] == (2027, 240000, "Promised"), "only the office's act confirms"


# -- the next year -------------------------------------------------------------------------------------


def test_the_next_year_is_confirmed_after_the_look_and_only_once(town, project):
	frappe.db.delete("Email Queue")
	assert town.officer.call(f"{NEXT}offer", project=project)["obstacle"]
	refused(confirm, town, project, exc=LookMissing, says="令和8年度")
	look(town, project, 2026)
	assert town.officer.call(f"{NEXT}offer", project=project) == {
		"fiscal_year": 2027, "label": "令和9年度", "promised": 240000, "limit": 240000, "obstacle": ""
	}  # fmt: skip
	for client in (town.representative, town.section_officer, town.manager, town.outsider):
		refused(confirm, town, project, client=client, exc=frappe.PermissionError)
	refused(confirm, town, project, 2028, exc=NextYearTooEarly, says="令和9年度")
	refused(confirm, town, project, 2031, exc=YearOutsideTerm, says="2031")
	refused(confirm, town, project, 2026, exc=YearAlreadyAnswered, says="令和8年度")
	refused(confirm, town, project, amount=240001, exc=InvalidNextYear, says="240,000円")
	refused(confirm, town, project, amount=0, exc=InvalidNextYear)
	refused(confirm, town, project, amount=200000, exc=InvalidNextYear, says="理由")
	assert confirm(town, project, amount="２０万円", reason="参加費の収入が見込まれるため") == 200000
	refused(confirm, town, project, exc=YearAlreadyAnswered)
	assert rows_of(project)[1] == (2027, 200000, "Year Confirmed")
	doc = frappe.get_doc(PROJECT, project)
	assert doc.granted_amount == 700000 and doc.yearly_amounts[1].promised == 240000
	assert doc.yearly_amounts[1].answered_by == town.officer.user
	letter = frappe.get_doc(LETTER, {"project": project, "letter_type": "Next Year Confirmed"})
	assert "令和9年度" in letter.details and "200,000円" in letter.details and "参加費" in letter.details
	assert "200,000円" in frappe.db.get_value("Comment", {"reference_name": project, "content": ["like", "%令和9年度%"]}, "content")
	assert frappe.db.count("Email Queue")
	assert payments.granted_amount(doc, 2027) == 200000
	refused(confirm, town, project, 2028, exc=LookMissing, says="令和9年度")


def test_a_meeting_verifies_the_look_where_the_programme_says_so(town, project):
	in_one_step(town, next_year_after="Mid-term Look Verified by a Meeting")
	look(town, project, 2026)
	refused(confirm, town, project, exc=LookMissing, says="会議")
	look(town, project, 2026, state="Verified", outcome="End")
	refused(confirm, town, project, exc=LookMissing, says="終了")
	look(town, project, 2026, state="Verified", outcome="Continue")
	assert confirm(town, project) == 240000
	in_one_step(town, next_year_after="No Look")
	assert confirm(town, project, 2028) == 140000


def test_the_office_is_told_when_the_look_has_come_far_enough(town, project):
	look(town, project, 2026, state="Both In")
	evaluation = frappe.get_doc("Kyodo Evaluation Round", {"project": project})
	told = lambda: frappe.get_all("Notification Log", {"document_name": project}, pluck="subject")
	before = len(told())
	next_year.tell_office(evaluation)
	assert len(told()) == before, "the sides have not talked yet"
	frappe.db.set_value("Kyodo Evaluation Round", evaluation.name, "workflow_state", "Discussed")
	next_year.tell_office(evaluation)
	assert any("令和9年度" in subject for subject in told())


def test_an_officer_of_the_organisation_does_not_confirm(town, project):
	in_one_step(town, next_year_after="No Look")
	organisation = frappe.get_doc("Kyodo Organisation", town.organisation)
	organisation.append("members", {"user": town.officer.user, "member_role": "Representative"})
	organisation.save()
	refused(confirm, town, project, exc=OfficeOnly)
	assert confirm(town, project, client=town.other_officer) == 240000


def test_a_year_that_costs_less_now_is_confirmed_with_less(town, project):
	in_one_step(town, next_year_after="No Look")
	row = frappe.db.get_value("Kyodo Expense Line", {"parent": project, "year_number": 2})
	frappe.db.set_value("Kyodo Expense Line", row, {"unit_price": 100000, "amount": 100000})
	refused(confirm, town, project, exc=GrantExceedsPayable, says="80,000円")
	assert confirm(town, project, amount=80000, reason="計画の縮小") == 80000


def test_a_project_that_ends_before_its_next_year_gives_the_money_back(town):
	in_one_step(town)
	name, later = call(town, frame=500000), call(town, frame=300000, fiscal_year=2027)
	project = running(town, name=name)
	assert call_budget.budgets([later])[later].left == 60000
	refused(town.officer.call, f"{NEXT}end", project=project, fiscal_year=2027, reason=" ", exc=InvalidNextYear)
	frappe.db.set_value(PROJECT, project, "workflow_state", "Cancelled", update_modified=False)
	refused(town.officer.call, f"{NEXT}end", project=project, fiscal_year=2027, reason="担い手の減少", exc=ProjectNotActive, says="中止")
	frappe.db.set_value(PROJECT, project, "workflow_state", "Running", update_modified=False)
	town.officer.call(f"{NEXT}end", project=project, fiscal_year=2027, reason="担い手の減少")
	assert rows_of(project) == [(2026, 360000, "Year Confirmed"), (2027, 0, "Year Ended"), (2028, 0, "Year Ended")]
	doc = frappe.get_doc(PROJECT, project)
	assert doc.granted_amount == 360000 and str(doc.to_date) == "2027-03-31"
	assert call_budget.budgets([later])[later].left == 300000
	assert "担い手の減少" in frappe.get_doc(LETTER, {"project": project, "letter_type": "Next Year Ended"}).details
	refused(confirm, town, project, exc=YearAlreadyAnswered, says="終了")
	page = visit(town.representative.user, f"my/projects/{project}")[1]
	assert "担い手の減少" in page


def test_the_plan_names_the_year_of_each_line(town):
	project = adopted(town)
	page = visit(town.representative.user, f"my/projects/{project}/plan", edit="expenses")[1]
	assert 'name="expenses-2-year_number"' in page and "何年目" in page
	rows = [_plain(row) for row in town.section_officer.read(PROJECT, project)["expenses"]]
	wrong = [{**rows[0], "year_number": 4}, *rows[1:]]
	refused(town.section_officer.update, PROJECT, project, {"expenses": wrong}, exc=YearOutsideTerm, says="4年目")
	town.section_officer.update(PROJECT, project, {"expenses": [{**row, "unit_price": 100000, "amount": 100000} for row in rows]})
	assert "90,000円" in payments.grant_error(frappe.get_doc(PROJECT, project)), "of the first year"


# -- reports and changes ---------------------------------------------------------------------------------


def test_each_year_is_settled_by_its_own_report(town):
	project = running(town, name=call(town, fiscal_year=2025), yearly_amounts=amounts(first=2025))
	frappe.db.set_value(PROJECT, project, {"from_date": "2025-04-01", "decided_on": "2025-04-01"})
	in_one_step(town, next_year_after="No Look", advance_most=100)
	assert confirm(town, project, 2026) == 240000
	paid = [
		{"kind": "Advance", "amount": 300000, "paid_on": "2025-06-01"},
		{"kind": "Advance", "amount": 240000, "paid_on": nowdate()},
	]
	town.officer.update(PROJECT, project, {"payments": paid})
	assert [row.fiscal_year for row in frappe.get_doc(PROJECT, project).payments] == [2025, 2026]
	report = town.representative.call("kyodo_frappe.partnership.reports.open_report", project=project, kind="Annual", fiscal_year=2025)
	doc = frappe.get_doc(REPORT, report)
	assert [line.budget for line in doc.settlement] == [400000] and doc.granted_amount == 360000 and doc.paid_amount == 300000
	_spend(town, report, 200000)
	doc.reload()
	assert (doc.settled_amount, doc.refund_amount, doc.unused_amount) == (180000, 120000, 180000)
	assert "90％" in doc.settlement_note
	town.officer.act(REPORT, report, "Accept")
	stored = frappe.get_doc(PROJECT, project)
	assert payments.settled_of(stored, 2025) == 180000 and payments.settled_of(stored, 2026) == 0
	more = [*town.officer.read(PROJECT, project)["payments"], {"kind": "Instalment", "amount": 1, "fiscal_year": 2025}]
	refused(town.officer.update, PROJECT, project, {"payments": more}, exc=PaymentExceedsSettlement, says="令和7年度")
	assert payment_requests.most(stored, "On Settlement") == 0 and payments.left_to_pay(stored) == 0


def _spend(town, report: str, amount: int):
	"""Report an amount for the only line, with a voucher, and hand the report in."""
	walk_report = town.representative
	doc = walk_report.read(REPORT, report)
	place = {"attached_to_doctype": REPORT, "attached_to_name": report}
	receipt = walk_report.insert({"doctype": "File", **cycle_steps.RECEIPTS, **place})["file_url"]
	name = frappe.db.get_value("Kyodo Organisation", town.organisation, "organisation_name")
	settlement = [
		{**_plain(row), "actual": amount, "paid_on": "2025-10-01", "receipt": receipt, "addressee": name} for row in doc["settlement"]
	]
	indicators = [{**_plain(row), "actual": row["target"]} for row in doc["indicators"]]
	walk_report.update(REPORT, report, {"summary": "計画どおり実施した。", "settlement": settlement, "indicators": indicators})
	walk_report.act(REPORT, report, "Submit")


def _plain(row: dict) -> dict:
	return {key: value for key, value in row.items() if isinstance(value, str | int | float) or value is None}


def test_a_change_of_the_plan_moves_money_between_years(town, project):
	change = town.representative.call("kyodo_frappe.partnership.plan_changes.begin", project=project, reason="2年目に機材を買うため")
	doc = town.representative.read("Kyodo Plan Change", change)
	rows = [_plain(row) for row in doc["yearly_amounts"]]
	update = lambda **values: town.representative.update("Kyodo Plan Change", change, values)
	more = [{**row, "granted": value} for row, value in zip(rows, (300000, 300000, 140000), strict=True)]
	refused(update, yearly_amounts=more, exc=GrantExceedsPayable, says="240,000円")
	refused(update, yearly_amounts=rows[:2], exc=YearOutsideTerm)
	less = [{**row, "granted": value} for row, value in zip(rows, (300000, 200000, 140000), strict=True)]
	refused(update, yearly_amounts=less, granted_amount=5, exc=YearlyAmountsDiffer)
	update(yearly_amounts=less)
	stored = frappe.get_doc("Kyodo Plan Change", change)
	assert stored.granted_amount == 640000 and "令和8年度" in stored.changes and stored.needs_approval
	expenses = [{**_plain(row), "year_number": 4} for row in doc["expenses"]]
	refused(update, expenses=expenses, exc=YearOutsideTerm, says="4年目")
	page = visit(town.representative.user, f"my/changes/{change}")[1]
	assert 'name="yearly_amounts-1-granted"' in page and 'name="expenses-0-year_number"' in page
	town.representative.act("Kyodo Plan Change", change, "Propose Change")
	refused(update, yearly_amounts=more, exc=ContentFrozen)
	town.section_officer.act("Kyodo Plan Change", change, "Agree to Change")
	town.officer.act("Kyodo Plan Change", change, "Approve")
	assert rows_of(project) == [(2026, 300000, "Year Confirmed"), (2027, 200000, "Promised"), (2028, 140000, "Promised")]
	assert frappe.db.get_value(PROJECT, project, "granted_amount") == 640000


def test_the_amount_of_an_ended_year_does_not_change(town, project):
	town.officer.call(f"{NEXT}end", project=project, fiscal_year=2027, reason="担い手の減少")
	change = town.representative.call("kyodo_frappe.partnership.plan_changes.begin", project=project, reason="再開")
	rows = [_plain(row) for row in town.representative.read("Kyodo Plan Change", change)["yearly_amounts"]]
	rows[1]["granted"] = 100000
	refused(town.representative.update, "Kyodo Plan Change", change, {"yearly_amounts": rows}, exc=YearFixed, says="令和9年度")


# -- sites that were there before ---------------------------------------------------------------------------


def test_programmes_get_questions_letters_and_messages_once(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.form_fields = [row for row in doc.form_fields if row.fieldname not in terms_of_years.ASKED]
	doc.letter_numbering = [row for row in doc.letter_numbering if row.letter_type not in terms_of_years.LETTERS]
	doc.messages = [row for row in doc.messages if row.event not in terms_of_years.LETTERS]
	doc.flags.ignore_validate = True
	doc.update_children()
	for _again in range(2):
		terms_of_years.execute()
		doc = frappe.get_doc(PROGRAMME, town.programme)
		asked = [row.fieldname for row in doc.form_fields if row.form == "Proposal"]
		assert [asked.count(field) for field in terms_of_years.ASKED] == [1, 1]
		assert asked.index("term") == asked.index("requested_amount") + 1
		assert [row.letter_type for row in doc.letter_numbering if row.letter_type in terms_of_years.LETTERS] == [*terms_of_years.LETTERS]
		assert {row.event for row in doc.messages} >= {*terms_of_years.LETTERS, "Next Year Waits"}


# -- over HTTP -----------------------------------------------------------------------------------------


def test_over_http_the_same_is_refused_and_done(real_town):
	town = real_town  # its programme is that of all towns, and stays as it is
	name = call(town)
	frappe.db.commit()
	group, office = town.over_rest(town.representative), town.over_rest(town.officer)
	values = {"doctype": PROPOSAL, "title": "親子の食卓", "programme": town.programme, "organisation": town.organisation}
	values |= {"call": name, "needs_budget": 1, "term": 3, "expenses": lines(), "yearly_amounts": amounts()}
	for wrong, exc in (
		({"term": 4}, "BadTerm"),
		({"expenses": lines((1, 1, 1, 1))}, "YearOutsideTerm"),
		({"yearly_amounts": amounts(first=2029)}, "YearOutsideTerm"),
		({"yearly_amounts": [{**row, "cost": 1} for row in amounts()]}, "CostsOfYearsDiffer"),
	):
		with pytest.raises(Refused) as refusal:
			group.insert({**values, **wrong})
		assert refusal.value.exc_type == exc, wrong
	made = group.insert({**values, "yearly_amounts": [{**row, "granted": 9, "rate": "100"} for row in amounts()]})
	assert [(row["granted"], row["rate"], row["cost"]) for row in made["yearly_amounts"]] == [
		(0, rate, cost) for rate, cost in zip(("90", "80", "70"), COSTS, strict=True)
	]
	frappe.db.rollback()
	project = town.running()
	for idx, (year, granted, state) in enumerate(((2026, 300000, "Year Confirmed"), (2027, 240000, "Promised")), 1):
		place = {"parent": project, "parenttype": PROJECT, "parentfield": "yearly_amounts", "idx": idx}
		row = {"fiscal_year": year, "granted": granted, "promised": granted, "year_state": state}
		frappe.get_doc({"doctype": "Kyodo Yearly Amount", **place, **row}).db_insert()
	look(town, project, 2026)
	frappe.db.commit()
	args = {"project": project, "fiscal_year": 2027}
	for client in (group, town.over_rest(town.section_officer)):
		with pytest.raises(Refused) as refusal:
			client.call(f"{NEXT}confirm", **args)
		assert refusal.value.status == 403
	with pytest.raises(Refused) as refusal:
		group.call(ASK, project=project, kind="Advance", amount=1000, fiscal_year=2027, **ACCOUNT)
	assert refusal.value.exc_type == "YearNotConfirmed"
	assert office.call(f"{NEXT}confirm", **args, amount="２０万円", reason="計画の縮小") == 200000
	with pytest.raises(Refused) as refusal:
		office.call(f"{NEXT}confirm", **args)
	assert refusal.value.exc_type == "YearAlreadyAnswered"
