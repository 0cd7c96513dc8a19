"""One year of each preset's city, from its start to its evaluation, with the rules that differ."""

import datetime

import frappe
import pytest
from cities import City, Clock
from frappe.utils import add_days, getdate
from partnership import refused
from portal_client import visit

from kyodo_frappe.committee import reviews
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.learning.certificates import is_available
from kyodo_frappe.organisations.errors import OrganisationNotRegistered, RegistrationIncomplete
from kyodo_frappe.programme import call_budget, deadlines
from kyodo_frappe.programme.errors import CallNotOpen, OneProposalPerOrganisation, OrganisationTypeNotAccepted, OriginNotAccepted
from kyodo_frappe.proposals.errors import ProposalLate, RequestedAmountTooHigh
from kyodo_frappe.rules.calendar import next_open_day

AGREEMENTS, EVENTS, REGISTRATIONS, SERVICES, PAGES = (
	f"kyodo_frappe.{name}."
	for name in ("partnership.agreement_drafts", "learning.events", "learning.registrations", "screening.screenings", "learning.guides")
)
SELECT = "kyodo_frappe.committee.selection.record_selection"
SCREENING = "Kyodo Service Screening"
CALL, PROPOSAL, PROJECT = "Kyodo Call", "Kyodo Proposal", "Kyodo Project"


@pytest.fixture
def city(town):
	"""A function: the city of a preset, on the first day of its year."""
	clock = Clock()
	with clock.running():
		yield lambda preset: City(town, preset, clock)


# 480,000 of the city is eight tenths
OF_600000 = {
	"income": [
		{"category": "City", "description": "協働負担金", "amount": 480000},
		{"category": "Organisation", "description": "会費・寄附", "amount": 120000},
	],
	"expenses": [{"category": "Consumables", "description": "食材", "unit_price": 10000, "quantity": 60, "eligible": 1}],
}


def with_budget(amount: int = 400000) -> dict:
	return {"needs_budget": 1, "requested_amount": amount}


# -- 鎌倉市 ---------------------------------------------------------------------------------------------------------


def test_kamakura(city):
	c = city("kamakura")
	company = c.organisation(c.outsider, "商事株式会社", "Company")
	group = c.organisation(c.representative, "みんなの食卓の会")
	# anybody any time; for a company the definition has no place (※1 非営利)
	refused(c.submitted, company, client=c.outsider, exc=OrganisationTypeNotAccepted, says="「企業」")
	free = c.submitted(group, "川辺の花壇づくり")  # needs no budget: handed in on any day
	by_staff = c.submitted(None, "図書館の読み聞かせ", client=c.section_officer, origin="City")
	assert {c.state(PROPOSAL, name) for name in (free, by_staff)} == {"Submitted"}

	# 30 April, or its next open day: in time; the day after: the rule, its date and the remedy, or the next round
	last = deadlines.due(c.programme, "Budget Proposal", year=c.year)
	assert last == next_open_day(datetime.date(c.year, 4, 30))
	c.at(last)
	proposal = c.in_step_1(group, **with_budget())
	c.later(1)
	late = c.draft(group, "遅れた提案", next_budget_consent=0, **with_budget())
	assert "4月末日" in refused(cycle_steps.submit, c.representative, late, exc=ProposalLate)
	c.representative.update(PROPOSAL, late, {"next_budget_consent": 1})
	cycle_steps.submit(c.representative, late)
	assert [frappe.db.get_value(PROPOSAL, name, "fiscal_year") for name in (proposal, late)] == [c.year, c.year + 1]

	# two steps: the first passes on or turns down, the heads of department sit in the second, by July
	c.on(5, 20)
	for name in (free, by_staff):
		cycle_steps.receive(c.officer, name)
	cycle_steps.refer(c.officer, free, c.section)
	meeting = c.meeting("Step 1", cycle_steps.proposal_item(proposal), cycle_steps.proposal_item(free))
	assert len(frappe.get_doc("Kyodo Meeting", meeting).attendance) == 7
	c.marks(proposal, all="○", C3="△")
	refused(cycle_steps.decide, c.officer, meeting, proposal, "Adopted", says="2段階")
	cycle_steps.decide(c.officer, meeting, proposal, "Passed to Step 2")
	refused(cycle_steps.decide, c.officer, meeting, free, "Not Adopted", says="理由")
	cycle_steps.decide(c.officer, meeting, free, "Not Adopted", reasons=cycle_steps.REFUSAL, advice="会費などの財源を検討してください。")
	cycle_steps.close(c.officer, meeting)

	# what is not taken is told why and comes back
	assert "Not Adopted" in c.letters(free)
	again = c.representative.call("kyodo_frappe.proposals.proposals.propose_again", proposal=free)
	c.representative.update(PROPOSAL, again, {"continuity": "会費を財源に3年続ける。"})
	cycle_steps.submit(c.representative, again)
	assert frappe.db.get_value(PROPOSAL, again, ["workflow_state", "previous_proposal"]) == ("Submitted", free)

	c.on(7, 15)
	assert c.clock.day <= deadlines.due(c.programme, "Step 2 Decision", year=c.year)
	meeting = c.decided(proposal, "Adopted", "Step 2", amount=400000)
	assert len(frappe.get_doc("Kyodo Meeting", meeting).attendance) == 10
	assert {"Receipt", "Passed to Step 2", "Adopted"} <= c.letters(proposal)

	# plan and agreement of both; minutes alone are not enough, and nothing begins without
	project = c.project_of(proposal)
	assert str(frappe.db.get_value(PROJECT, project, "from_date")) == f"{c.year + 1}-04-01"
	c.section_officer.update(PROJECT, project, {"form": "協働負担事業"})
	refused(c.section_officer.call, AGREEMENTS + "draft_for", project=project, kind="Minutes", says="協定書")
	refused(c.section_officer.act, PROJECT, project, "Begin")
	c.begin(project, "協働負担事業")

	# the report within one month of completion, verified by the same table
	c.on(3, 10, years=1)
	evaluation = c.evaluated(project)
	due = deadlines.due(c.programme, "Report", event_date=c.clock.day)
	assert getdate(frappe.db.get_value("Kyodo Report", c.report, "due_date")) == due <= next_open_day(getdate(add_days(c.clock.day, 32)))
	assert c.state("Kyodo Evaluation Round", evaluation) == "Published"
	assert c.state(PROJECT, project) == "Verified"
	assert visit("Guest", f"projects/{project}")[0] == 200


# -- 国立市 ---------------------------------------------------------------------------------------------------------


def test_kunitachi(city):
	c = city("kunitachi")
	# who takes part: 共益団体 and one citizen as well
	neighbours = c.organisation(c.representative, "富士見台自治会", "Neighbourhood Association")
	citizen = c.organisation(c.outsider, "国立 花子", "Individual")

	# the city publishes themes; the year's calls come from the programme's plan
	calls = c.calls()
	assert set(calls) == {"Theme", "Open", "Subsidy"}
	c.officer.update(CALL, calls["Theme"], {"published": 1, "section": c.section})
	early = c.draft(neighbours, "公園の花壇", call=calls["Theme"])
	refused(cycle_steps.submit, c.representative, early, exc=CallNotOpen)
	c.on(6, 10)
	assert "事業の提示" in visit("Guest", "")[1]
	cycle_steps.submit(c.representative, early)

	# three origins of a project
	planned = c.submitted(None, "図書館の読み聞かせ", client=c.section_officer, origin="City")
	jointly = c.joint(citizen, "まち歩きマップ", c.outsider)
	cycle_steps.submit(c.outsider, jointly)
	assert {c.state(PROPOSAL, name) for name in (early, planned, jointly)} == {"Submitted"}
	c.officer_sets(accepts_joint=0)
	refused(cycle_steps.submit, c.outsider, c.joint(citizen, "もう一つの合同提案", c.outsider), exc=OriginNotAccepted)

	# examined in public, with six questions, in one step
	cycle_steps.receive(c.officer, early)
	cycle_steps.refer(c.officer, early, c.section)
	shown = c.event("Public Presentation")
	c.at(next_open_day(getdate(frappe.db.get_value("Kyodo Event", shown, "held_on"))))
	assert visit("Guest", f"events/{shown}")[0] == 200
	meeting = c.decided(early, "Adopted", marks={"all": "○", "R5": "△"})
	behind_doors = {"doctype": "Kyodo Meeting", "committee": c.committees["Examination"], "meeting_type": "Step 1", "open_to_public": 0}
	refused(c.officer.insert, {**behind_doors, "meeting_date": str(c.clock.day)}, says="公開で審査")
	status, page = visit("Guest", f"meetings/{meeting}")
	assert status == 200 and "公園の花壇" in page

	# 事業協力 by an agreement document
	project = c.project_of(early)
	c.begin(project, "事業協力")
	agreed = frappe.get_doc("Kyodo Agreement", {"project": project})
	assert "互いの特性や自主性を尊重し、信頼し合い" in next(row.body for row in agreed.clauses if row.heading == "協働の原則")

	# evaluated by the six rules, then the guideline itself is revised with the citizens' comments
	c.on(3, 20, years=1)
	evaluation = c.evaluated(project)
	items = [row.item for row in frappe.get_doc("Kyodo Evaluation Round", evaluation).items if row.kind == "Principle"]
	assert items == [row.title for row in c.rules.principles] and len(items) == 6
	guideline = frappe.db.get_value("Kyodo Page", {"programme": c.programme, "page_kind": "Guideline"})
	c.officer.call(PAGES + "begin_revision", page=guideline, reason="時代に対応した協働とするため")
	body = frappe.db.get_value("Kyodo Page", guideline, "body")
	c.officer.update("Kyodo Page", guideline, {"revision": body + "\n\n時代に合わせて見直します。\n"})
	c.officer.call(PAGES + "invite_comments", page=guideline, comments_from=str(c.clock.day), comments_until=str(add_days(c.clock.day, 14)))
	refused(c.officer.call, PAGES + "adopt", page=guideline, says="意見")
	assert visit("Guest", f"guide/{guideline}")[0] == 200
	c.later(20)
	assert c.officer.call(PAGES + "adopt", page=guideline) == 2


# -- 小平市 ---------------------------------------------------------------------------------------------------------


def test_kodaira(city):
	c = city("kodaira")
	group = c.organisation(c.representative, "みんなの食卓の会")
	assert [row.requirement for row in frappe.get_doc("Kyodo Organisation", group).requirement_checks][-1] == "事業実施の力がある"

	# every new service is looked at for kyodo, and the internal committee confirms before it is concluded
	team = c.seat_team()
	service = c.screened("公園の落ち葉清掃", "New Service")
	doc = frappe.get_doc(SCREENING, service)
	assert [row.direction for row in doc.answers] == ["For"] * 5 + ["Against"] * 2
	refused(c.officer.call, SERVICES + "conclude", screening=service, result="Turn Into Kyodo", reason="適している", says="庁内")
	for client in team:
		client.call(SERVICES + "say_view", screening=service, view="Suits")
	c.officer.call(SERVICES + "conclude", screening=service, result="Turn Into Kyodo", reason="適している")
	tidy = c.officer.call(SERVICES + "turn_into_project", screening=service, organisation=group, fiscal_year=c.year)
	assert frappe.db.get_value(PROJECT, tidy, "origin") == "Existing Service"

	# nothing is examined before the two sides have talked
	proposal = c.received(group)
	refused(cycle_steps.refer, c.officer, proposal, c.section)
	c.talked(proposal)
	cycle_steps.refer(c.officer, proposal, c.section)
	c.on(7, 8)
	c.decided(proposal, "Adopted", marks={"all": "2"})

	# what Kamakura refuses: minutes in which both recognise their roles are enough
	project = c.project_of(proposal)
	c.section_officer.update(PROJECT, project, {"form": "実行委員会"})
	refused(c.section_officer.act, PROJECT, project, "Begin")  # nothing is written down yet
	minutes = c.section_officer.call(AGREEMENTS + "draft_for", project=project, kind="Minutes")
	response = {"minutes_text": "実行委員会で話し合い、会場は市、運営は団体が担うと認め合った。", "minutes_date": str(c.clock.day)}
	c.section_officer.update("Kyodo Agreement", minutes, response)
	c.section_officer.act("Kyodo Agreement", minutes, "Offer")
	cycle_steps.confirm(c.representative, minutes, "実行委員長")
	cycle_steps.confirm(c.section_officer, minutes, "課長")
	cycle_steps.run(c.section_officer, project)
	assert c.state(PROJECT, project) == "Running" and not frappe.get_doc("Kyodo Agreement", minutes).clauses

	# both sides evaluate by the eight principles; the check sheet has the same; a model is named
	c.on(3, 10)
	evaluation = c.evaluated(project)
	codes = [row.code for row in frappe.get_doc("Kyodo Evaluation Round", evaluation).items if row.kind == "Principle"]
	assert codes == list("アイウエオカキク")
	assert len(c.section_officer.call("kyodo_frappe.learning.self_checks.items", audience="Principles", programme=c.programme)) == 8
	c.officer.update(PROJECT, project, {"is_model_project": 1, "model_reason": "協働の取り組み方の手本になる。"})
	assert frappe.db.get_value(PROJECT, project, "is_model_project") == 1


# -- 国分寺市 -------------------------------------------------------------------------------------------------------


def test_kokubunji(city):
	c = city("kokubunji")
	# six requirements, all of them, and rules: without them nobody is registered, and without registration nobody hands in
	first = c.organisation(c.representative, "子育て広場の会", papers=("rules_attachment",))
	bare = c.organisation(c.outsider, "規約のない会", register=False)
	refused(cycle_steps.apply_for_registration, c.outsider, bare, exc=RegistrationIncomplete, says="会則")
	refused(c.submitted, bare, client=c.outsider, exc=OrganisationNotRegistered)
	with c.outsider:
		c.attach(bare, "rules_attachment")
	cycle_steps.apply_for_registration(c.outsider, bare)
	c.officer.act("Kyodo Organisation", bare, "Register")
	refused(cycle_steps.submit, c.representative, c.joint(first, "合同の提案", c.representative), exc=OriginNotAccepted)

	# 事業の選別: an existing service, the cross-section team, and then the partner is looked for
	team = c.seat_team()
	service = c.screened("子育て広場の運営", "Existing Service")
	refused(c.officer.call, SERVICES + "make_theme_call", screening=service)
	for client in team:
		client.call(SERVICES + "say_view", screening=service, view="Suits")
	c.officer.call(SERVICES + "conclude", screening=service, result="Theme Call", reason="担い手となる団体が市内にある")
	unscreened = {"doctype": CALL, "call_name": "選別を経ない募集", "programme": c.programme, "call_type": "Partner Selection"}
	refused(c.officer.insert, {**unscreened, "fiscal_year": c.year}, says="選別")
	assert set(c.calls()) == {"Open"}, "the others come from the screening"
	call = c.officer.call(SERVICES + "make_theme_call", screening=service, call_type="Partner Selection", fiscal_year=c.year)
	c.officer.update(CALL, call, {"published": 1, "opens_on": str(c.clock.day), "closes_on": str(add_days(c.clock.day, 30))})

	# プロポーザル方式: two compete, points of ten, the better one is chosen and the other told why
	c.later(7)
	ours, theirs = (c.in_step_1(name, title, client=client, call=call) for name, title, client in (
		(first, "子育て広場（みんなの案）", c.representative), (bare, "子育て広場（別の案）", c.outsider)
	))  # fmt: skip
	c.on(10, 15)
	refused(c.meeting, "Step 1", cycle_steps.proposal_item(ours), kind="Evaluation", says="審査")
	meeting = c.meeting("Step 1", cycle_steps.proposal_item(ours), cycle_steps.proposal_item(theirs))
	c.marks(ours, all="8")
	c.marks(theirs, all="5")
	select = {"meeting": meeting, "call": call, "order": [ours, theirs], "chosen": [ours]}
	refused(c.officer.call, SELECT, **select, says="理由")
	refused(c.officer.call, SELECT, **{**select, "chosen": [ours, theirs]}, says="1件")
	c.officer.call(SELECT, **select, reasons={theirs: "実施体制の点で及ばなかった。"})
	cycle_steps.close(c.officer, meeting)
	assert [c.state(PROPOSAL, name) for name in (ours, theirs)] == ["Adopted", "Not Adopted"]
	assert "Not Adopted" in c.letters(theirs)

	# evaluated by another table than the one that chose
	project = c.project_of(ours)
	c.begin(project, "協働委託")
	c.on(3, 10)
	refused(c.meeting, "Evaluation", kind="Examination", says="別の")
	evaluation = c.evaluated(project, kind="Evaluation")
	judged_by = frappe.db.get_value("Kyodo Meeting", {"meeting_type": "Evaluation", "committee": c.committees["Evaluation"]})
	assert c.state("Kyodo Evaluation Round", evaluation) == "Published" and judged_by


# -- 日本NPOセンターの考え方 -----------------------------------------------------------------------------------------


def test_jnpoc(city):
	c = city("jnpoc")
	group = c.organisation(c.representative, "みんなの食卓の会")
	alone = c.organisation(c.outsider, "市民 太郎", "Individual")
	refused(c.submitted, alone, client=c.outsider, exc=OrganisationTypeNotAccepted, says="「個人」")

	# the year begins with learning: eight attitudes of either side, a course for officials, a forum with a lecturer sent
	lists = "kyodo_frappe.learning.self_checks.items"
	officials = c.section_officer.call(lists, audience="City", programme=c.programme)
	groups = c.representative.call(lists, audience="Organisation", programme=c.programme)
	assert (len(officials), len(groups)) == (8, 8) and "行政に依存せず、精神的に独立していること" in groups
	c.on(6, 1)
	course = c.event("Lecture Course", "自治体職員のためのNPO講座", announce=False)
	c.officer.update("Kyodo Event", course, {"gives_certificate": 1})
	c.officer.call(EVENTS + "announce", event=course)
	assert visit("Guest", f"events/{course}")[0] == 404, "for city staff"
	comes = {"attendee_name": "職員 花子", "email": "hanako@kyodo.example"}
	assert c.officer.call(REGISTRATIONS + "register_somebody", event=course, **comes) == "Registered"
	c.at(getdate(frappe.db.get_value("Kyodo Event", course, "held_on")))
	rows = c.officer.call(REGISTRATIONS + "listing", event=course)
	c.officer.call(REGISTRATIONS + "note_attendance", event=course, rows=[{"name": rows[0]["name"], "attendance": "Attended"}])
	c.officer.call(EVENTS + "hold", event=course)
	assert is_available(frappe.get_doc("Kyodo Event", course), frappe.get_doc("Kyodo Event Registration", rows[0]["name"]))
	lecturer = {"doctype": "Kyodo Resource Person", "person_name": "講師 桜", "person_kana": "コウシ サクラ", "can_be": "Lecturer"}
	lecturer |= {"programme": c.programme, "active": 1}
	lecturer = c.town.support.insert(lecturer)["name"]
	forum = c.event("Forum", "NPOと行政の対話フォーラム")
	sent = {"doctype": "Kyodo Dispatch", "person": lecturer, "programme": c.programme, "event": forum}
	sent |= {"purpose": "Lecturer", "topic": "協働によるまちづくり"}
	sent = c.town.support.insert(sent)["name"]
	c.town.support.call("kyodo_frappe.support.dispatches.record_answer", dispatch=sent, will_come=1)
	assert frappe.db.get_value("Kyodo Event", forum, "lecturer") == lecturer

	# what says nothing about openness and evaluation does not pass, whatever else is good in it
	c.on(9, 9)
	proposal, closed_shop = c.in_step_1(group), c.in_step_1(group, "いつもの団体への委託")
	meeting = c.meeting("Step 1", cycle_steps.proposal_item(proposal), cycle_steps.proposal_item(closed_shop))
	c.marks(proposal, all="○", C2="△")
	c.marks(closed_shop, all="○", C5="×")
	assert [reviews.summary_of(name, "Step 1")[1] for name in (proposal, closed_shop)] == [None, False]
	cycle_steps.decide(c.officer, meeting, proposal, "Adopted")
	reasons = [{"criterion": "C5", "question": "情報公開と評価", "finding": "×", "reason": "評価の方法がない。", "field": "continuity"}]
	cycle_steps.decide(c.officer, meeting, closed_shop, "Not Adopted", reasons=reasons)
	cycle_steps.close(c.officer, meeting)

	# three families of form; every project is evaluated
	project = c.project_of(proposal)
	assert [row.form_name for row in c.rules.forms] == ["共催・共同運営", "補助・助成", "委託"]
	c.begin(project, "共催・共同運営")
	c.on(3, 10)
	evaluation = c.evaluated(project)
	items = [row.item for row in frappe.get_doc("Kyodo Evaluation Round", evaluation).items if row.kind == "Principle"]
	assert items[-2:] == ["依存・癒着の防止", "情報公開と事業評価"]


# -- いまの多くの市 --------------------------------------------------------------------------------------------------


def test_standard(city):
	c = city("standard")
	group = c.organisation(c.representative, "みんなの食卓の会", papers=("rules_attachment", "members_attachment"))
	alone = c.organisation(c.outsider, "市民 太郎", "Individual", papers=("rules_attachment", "members_attachment"))
	calls = c.calls()
	assert set(calls) == {"Open", "Theme", "Idea", "Starter"}
	c.officer.update(CALL, calls["Open"], {"published": 1})

	# the late calendar: August; with a ceiling, a rate rounded down to 1,000 yen, one proposal of each organisation
	call = {"call": calls["Open"]}
	early = c.draft(group, **call, **with_budget(480000), **OF_600000)
	refused(cycle_steps.submit, c.representative, early, exc=CallNotOpen)
	c.on(8, 20)
	refused(c.submitted, alone, client=c.outsider, **call, exc=OrganisationTypeNotAccepted, says="「個人」")
	refused(c.submitted, None, client=c.section_officer, origin="City", exc=OriginNotAccepted)
	c.advised(group, calls["Open"])
	dear = c.draft(group, "大きすぎる提案", **call, **with_budget(481000), **OF_600000)
	assert "480,000" in refused(cycle_steps.submit, c.representative, dear, exc=RequestedAmountTooHigh)
	cycle_steps.submit(c.representative, early)
	second = c.draft(group, "二つ目の提案", **call)
	refused(cycle_steps.submit, c.representative, second, exc=OneProposalPerOrganisation)
	c.on(9, 1)
	late = c.draft(group, "遅れた提案", **call)
	refused(cycle_steps.submit, c.representative, late, exc=CallNotOpen)

	# the talk of the four first; points 0 to 5 with weights; below 50 of 100 is no pass
	cycle_steps.receive(c.officer, early)
	refused(cycle_steps.refer, c.officer, early, c.section)
	c.talked(early)
	cycle_steps.refer(c.officer, early, c.section)
	c.officer_sets(advice_required=0, one_per_year=0)
	weak = c.in_step_1(group, "準備の足りない提案")
	c.on(11, 14)
	meeting = c.meeting("Step 1", cycle_steps.proposal_item(early), cycle_steps.proposal_item(weak))
	c.marks(early, all="4", S7="2")
	c.marks(weak, all="2")
	averages = {name: reviews.summary_of(name, "Step 1") for name in (early, weak)}
	assert [(round(found.average), passed) for found, passed in averages.values()] == [(78, True), (40, False)]
	refused(cycle_steps.decide, c.officer, meeting, early, "Adopted", amount=480000, says="予算の議決")
	cycle_steps.decide(c.officer, meeting, early, "Adopted Pending Budget", amount=480000)
	reasons = [{"criterion": "S4", "question": "実現性", "reason": "体制が示されていない。", "field": "plan"}]
	cycle_steps.decide(c.officer, meeting, weak, "Not Adopted", reasons=reasons)
	cycle_steps.close(c.officer, meeting)
	assert c.state(PROPOSAL, early) == "Pending Budget" and not c.project_of(early)
	assert call_budget.frame_of(calls["Open"])["left"] == 3000000 - 480000

	# the council votes in March, the agreement follows in April
	c.on(3, 24)
	vote = "kyodo_frappe.committee.budget_vote.record"
	assert c.officer.call(vote, proposals=[early], voted_on=str(c.clock.day), passed=1) == ["Adopted"]
	assert "Budget Confirmed" in c.letters(early)
	project = c.project_of(early)
	c.on(4, 2, years=1)
	c.begin(project, "協働負担金")
	assert c.clock.day <= deadlines.due(c.programme, "Agreement", year=c.year + 1)
	c.on(3, 10, years=1)
	evaluation = c.evaluated(project)
	assert c.state("Kyodo Evaluation Round", evaluation) == "Published"
