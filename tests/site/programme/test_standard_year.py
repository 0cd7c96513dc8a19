"""A city sets `standard` up in the wizard and goes through a year with its three calls, from advice to the published evaluation and the
next year of a project of three."""

import datetime
import json

import frappe
import pytest
from cities import City, Clock
from frappe.utils import getdate
from partnership import ACCOUNT, refused, voucher
from portal_client import send, visit

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.evaluation.errors import LookMissing
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.partnership import payment_requests
from kyodo_frappe.partnership.errors import AdvanceTooHigh, PaymentExceedsSettlement
from kyodo_frappe.programme import call_budget
from kyodo_frappe.programme.errors import AdviceRequired, CallBudgetExceeded, CallConditionNotMet, CallNotOpen, OneProposalPerYear
from kyodo_frappe.proposals.errors import RequestedAmountTooHigh

CALL, PROPOSAL, PROJECT, LETTER = "Kyodo Call", "Kyodo Proposal", "Kyodo Project", "Kyodo Letter"
REQUEST, REPORT = "Kyodo Payment Request", "Kyodo Report"
SETUP = "kyodo_frappe.programme.setup."
ASK = "kyodo_frappe.partnership.payment_requests.ask"
MOVE_UP = "kyodo_frappe.proposals.reserve.move_up"
VOTE = "kyodo_frappe.committee.budget_vote.record"
CONFIRM = "kyodo_frappe.evaluation.next_year.confirm"
ROUNDS = "kyodo_frappe.evaluation.rounds."
PAPERS = ("rules_attachment", "members_attachment")


class SetUpCity(City):
	"""A city whose manager sets the programme up in the wizard and opens it."""

	def made(self, preset: str) -> str:
		values = {"programme_name": f"市民協働事業提案制度（{self.tag}）", "municipality_name": "見本市", "mayor_name": "見本 花子"}
		# room for one and a half proposals of the free theme; three years since founding are counted on the day of handing in
		given = {"values": values, "calls": {"1": {"ceiling": "４８万円", "frame": "６０万円"}}}
		asked = {"preset": preset, "fiscal_year": f"{self.year}年度", "answers": json.dumps(given)}
		assert self.town.manager.call(SETUP + "look", **asked)
		made = self.town.manager.call(SETUP + "set_up", **asked)
		self.town.manager.call(
			"kyodo_frappe.programme.opening.open_programme", programme=made["programme"], calls=json.dumps(made["calls"])
		)
		self.year_calls = {frappe.db.get_value(CALL, name, "call_type"): name for name in made["calls"]}
		return made["programme"]


@pytest.fixture
def city(town):
	clock = Clock()
	with clock.running():
		yield SetUpCity(town, "standard", clock)


def plan(cost: int, asked: int) -> dict:
	"""What a proposal says of a project that costs so much, of which the city is asked for a part."""
	income = [{"category": "City", "description": "負担金", "amount": asked}]
	income += [{"category": "Organisation", "description": "会費", "amount": cost - asked}] if cost > asked else []
	expenses = [{"category": "Consumables", "description": "食材", "unit_price": cost / 50, "quantity": 50}]
	return {"needs_budget": 1, "requested_amount": asked, "income": income, "expenses": expenses}


def by_year(first: int, field: str) -> list[dict]:
	return [{"fiscal_year": first + number, field: 100000} for number in range(3)]


def three_years(first: int) -> dict:
	"""What a proposal says of a project of three years."""
	line = {"description": "絵本", "unit_price": 2000, "quantity": 50, "category": "Consumables"}
	income = {"category": "City", "description": "負担金", "amount": 100000}
	return {
		"needs_budget": 1,
		"term": 3,
		"expenses": [{**line, "year_number": number} for number in (1, 2, 3)],
		"income": [{**income, "year_number": number} for number in (1, 2, 3)],
		"yearly_amounts": by_year(first, "requested"),
	}


def look(c: City, representative, project: str):
	"""Both sides evaluate the first year and talk about it."""
	evaluation = c.section_officer.call(ROUNDS + "open_round", project=project, fiscal_year=c.year + 1, phase="Mid-term")
	for client, side in ((c.section_officer, "City"), (representative, "Organisation")):
		sheet = frappe.db.get_value("Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "side": side})
		cycle_steps.submit_sheet(client, sheet, [4, 4, 4])
	cycle_steps.record_dialogue((c.section_officer, representative), evaluation, "読み手を増やす。")
	c.section_officer.act("Kyodo Evaluation Round", evaluation, "Conclude Dialogue")


def letter(proposal: str, kind: str) -> dict:
	return letter_text.letter_context(frappe.get_doc(LETTER, {"proposal": proposal, "letter_type": kind}))


@pytest.mark.walks
def test_a_year_of_the_standard_city(city, town):
	c, calls = city, city.year_calls
	owners = {"A": town.representative, "B": town.outsider, "C": town.editor, "D": town.viewer}
	facts = {"C": {"member_count": 5}, "D": {"member_count": 3, "established_on": f"{c.year - 2}-09-15"}}
	groups = {key: c.organisation(client, f"団体{key}", papers=PAPERS, **facts.get(key, {})) for key, client in owners.items()}
	draft = lambda key, call, title, cost, asked: c.draft(groups[key], title, owners[key], call=calls[call], **plan(cost, asked))

	# -- before: advice is compulsory, the calls open in August and close at 17:00 on their last day
	a = draft("A", "Open", "みんなの食堂", 600000, 480000)
	c.advised(groups["A"], calls["Open"])
	refused(cycle_steps.submit, owners["A"], a, exc=CallNotOpen)
	c.on(8, 20)
	b = draft("B", "Open", "川辺の花壇", 400000, 320000)
	refused(cycle_steps.submit, owners["B"], b, exc=AdviceRequired, says="市民協働課の相談窓口")
	c.advised(groups["B"], calls["Open"])
	cycle_steps.submit(owners["B"], b)
	c.advised(groups["C"], calls["Theme"])
	theme = c.draft(groups["C"], "図書館の読み聞かせ", owners["C"], call=calls["Theme"], **three_years(c.year + 1))
	cycle_steps.submit(owners["C"], theme)
	c.advised(groups["D"], calls["Starter"])
	start = draft("D", "Starter", "若者の居場所", 150000, 150000)
	cycle_steps.submit(owners["D"], start)

	# -- conditions are those of each call: three members are too few for the free theme, and C has been there too long
	small = draft("D", "Open", "大きな計画", 600000, 480000)
	c.advised(groups["D"], calls["Open"])
	refused(cycle_steps.submit, owners["D"], small, exc=CallConditionNotMet, says="3")
	c.advised(groups["C"], calls["Starter"])
	frappe.db.set_value("Kyodo Organisation", groups["C"], "established_on", f"{c.year - 9}-04-01")
	refused(cycle_steps.submit, owners["C"], draft("C", "Starter", "もう一つ", 100000, 100000), exc=CallConditionNotMet, says="9")
	c.advised(groups["C"], calls["Open"])
	refused(
		cycle_steps.submit, owners["C"], draft("C", "Open", "二つ目", 600000, 480000), exc=OneProposalPerYear, says="図書館の読み聞かせ"
	)
	c.advised(groups["A"], calls["Theme"])
	refused(cycle_steps.submit, owners["A"], draft("A", "Open", "高すぎる", 600000, 481000), exc=RequestedAmountTooHigh, says="480,000")

	c.at(getdate(frappe.db.get_value(CALL, calls["Open"], "closes_on")))
	c.clock.time = datetime.time(17, 1)
	refused(cycle_steps.submit, owners["A"], a, exc=CallNotOpen, says="17:00")
	c.clock.time = datetime.time(16, 59)
	cycle_steps.submit(owners["A"], a)
	c.clock.time = None

	# -- the talk of the four, then the committee marks in whole points; each call has its pass mark
	c.on(9, 10)
	for proposal in (a, b, theme, start):
		cycle_steps.receive(c.officer, proposal)
		c.talked(proposal)
		cycle_steps.refer(c.officer, proposal, c.section)
	c.on(11, 14)
	meeting = c.meeting("Step 1", *(cycle_steps.proposal_item(name) for name in (a, b, theme, start)))
	for proposal, mark in ((a, "4"), (b, "3"), (theme, "5"), (start, "2")):
		c.marks(proposal, all=mark, S7="3")
	pending = lambda proposal, amount, **more: cycle_steps.decide(
		c.officer, meeting, proposal, "Adopted Pending Budget", amount=amount, **more
	)
	pending(a, 480000)
	refused(pending, b, 320000, exc=CallBudgetExceeded, says="120,000")
	cycle_steps.decide(c.officer, meeting, b, "Reserve", rank=1)
	cycle_steps.decide(c.officer, meeting, theme, "Adopted Pending Budget", yearly=by_year(c.year + 1, "granted"))
	pending(start, 150000)  # 41 of 100: enough for the starters, whose pass mark is 40
	cycle_steps.close(c.officer, meeting)
	assert [c.state(PROPOSAL, name) for name in (a, b, theme, start)] == ["Pending Budget", "Reserve", "Pending Budget", "Pending Budget"]
	told = letter(theme, "Adopted Pending Budget")
	assert told["sender"] == "見本市長　見本 花子" and next(row["points"] for row in told["points"]).startswith("5")
	(amount,) = {item["label"]: item["lines"] for item in told["items"]}["市の負担額"]
	assert amount.startswith("300,000円") and amount.count("100,000円") == 3
	assert {item["label"]: item["lines"] for item in letter(b, "Reserve")["items"]}["補欠の順位"] == ["第1位"]

	# -- A declines before the vote: its money is back in the frame, and the reserve moves up
	c.on(1, 15)
	send(owners["A"].user, "proposals.actions.decline_adoption", name=a, decline_reason="担い手が転居したため")
	assert c.state(PROPOSAL, a) == "Declined" and call_budget.frame_of(calls["Open"])["left"] == 600000
	assert c.officer.call(MOVE_UP, proposal=b, grant="Whole Amount", reason="提案Aの辞退による") == "Pending Budget"
	assert {"Declined"} <= c.letters(a) and {"Reserve", "Moved Up"} <= c.letters(b)
	c.on(3, 24)
	assert c.officer.call(VOTE, proposals=[b, theme, start], voted_on=str(c.clock.day), passed=1) == ["Adopted"] * 3
	assert "4月に" not in letter(start, "Budget Confirmed")["closing"] and "Budget Confirmed" in c.letters(b)

	# -- the agreement in the words of its form: the theme is carried out as a contract
	project = c.project_of(b)
	c.on(4, 2, years=1)
	c.representative = owners["C"]
	contract = cycle_steps.agree(c.section_officer, owners["C"], c.project_of(theme), "委託")
	page = visit(owners["C"].user, f"my/agreements/{contract}")[1]
	assert "委託契約書" in page and "次のとおり委託契約を締結する" in page and "見本市長　見本 花子" in page
	c.representative = owners["B"]
	c.begin(project, "協働負担金")

	# -- 80 % in advance, on request
	ask = lambda amount, kind: owners["B"].call(ASK, project=project, kind=kind, amount=amount, **ACCOUNT)
	refused(ask, "256,001円", "Advance", exc=AdvanceTooHigh, says="80％")
	paid(c, ask("２５６，０００円", "Advance"))
	c.on(6, 10, years=1)
	voucher(owners["B"], project, amount=8000, paid_on=str(c.clock.day), addressee="団体B")

	# -- the second of three years is confirmed after the mid-term look, not decided anew
	years_project = c.project_of(theme)
	cycle_steps.run(c.section_officer, years_project)
	c.on(2, 10, years=1)
	confirm = lambda: c.officer.call(CONFIRM, project=years_project, fiscal_year=c.year + 2)
	refused(confirm, exc=LookMissing, says="中間")
	look(c, owners["C"], years_project)
	assert confirm() == 100000
	assert [row.year_state for row in frappe.get_doc(PROJECT, years_project).yearly_amounts] == [
		"Year Confirmed",
		"Year Confirmed",
		"Promised",
	]

	# -- report, settlement, the rest; evaluation and its publication
	c.on(3, 10, years=1)
	evaluation = c.evaluated(project)
	assert c.state("Kyodo Evaluation Round", evaluation) == "Published" and c.state(PROJECT, project) == "Verified"
	settled = frappe.db.get_value(REPORT, c.report, "settled_amount")
	assert 256000 < settled <= 320000
	refused(ask, settled, "On Settlement", exc=PaymentExceedsSettlement)
	rest = payment_requests.most(frappe.get_doc(PROJECT, project), "On Settlement")
	assert rest == settled - 256000
	paid(c, ask(rest, "On Settlement"))
	assert sum(row.amount for row in frappe.get_doc(PROJECT, project).payments) == settled
	assert visit("Guest", f"projects/{project}")[0] == 200
	assert "Next Year Confirmed" in set(frappe.get_all(LETTER, {"project": years_project}, pluck="letter_type", order_by="name"))
	assert "Amount Confirmed" in set(frappe.get_all(LETTER, {"project": project}, pluck="letter_type", order_by="name"))


def paid(c: City, request: str):
	"""The office decides and pays a request."""
	c.officer.act(REQUEST, request, "Decide Payment")
	c.officer.update(REQUEST, request, {"paid_on": str(c.clock.day)})
	c.officer.act(REQUEST, request, "Record Payment")
