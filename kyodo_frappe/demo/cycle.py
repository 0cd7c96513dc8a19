"""`kyodo cycle`: one proposal through the whole cycle, and one through refusal and re-proposal, over REST.

Each step is taken by the user concerned, logged in through the site's own HTTP application, and its result is checked. All
records are removed at the end.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import nowdate

from kyodo_frappe.demo import cycle_steps, ledger, people
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.permissions.roles import COMMITTEE, OFFICER, ORGANISATION, SECTION
from kyodo_frappe.programme.presets import load_preset

NEGOTIATION = "kyodo_frappe.partnership.negotiation"
MARKS_FOR = ("○", "○", "△", "○", "○", "△")


class Failed(Exception):
	"""A step had another result than it should."""


class Cycle:
	"""The acceptance walk; `log` gets a line for each step."""

	def __init__(self, log: Callable[[str], None] = print, preset: str = "kamakura"):
		self.log = log
		self.preset = preset
		self.steps = 0

	def run(self, keep: bool = False) -> int:
		"""Take all steps and return their number. Raises Failed at the first step with a wrong result."""
		made = ledger.Ledger()
		try:
			with made:
				self._prepare(made)
				self._whole_cycle()
				self._refusal_and_reproposal()
		finally:
			if not keep:
				ledger.remove(made.made)
				frappe.db.commit()  # a bench command is its own transaction
		return self.steps

	# -- the people ------------------------------------------------------------

	def _prepare(self, made: ledger.Ledger):
		self.programme = load_preset(self.preset)
		tag = "cycle-" + frappe.generate_hash(length=6)
		password = people.new_password()

		def login(key: str, name: str, *roles: str) -> str:
			user = people.make_user(f"{tag}-{key}", name, list(roles), password)
			made.users.append(user)
			return user

		users = {
			"officer": login("officer", "事務局 太郎", OFFICER),
			"section": login("section", "担当 花子", SECTION),
			"representative": login("representative", "代表 一郎", ORGANISATION),
			"editor": login("editor", "会員 二郎", ORGANISATION),
			"outsider": login("outsider", "他団体 三郎", ORGANISATION),
			"npo1": login("npo1", "委員 よしこ", COMMITTEE),
			"npo2": login("npo2", "委員 つよし", COMMITTEE),
			"city1": login("city1", "財政課長 実", COMMITTEE),
			"city2": login("city2", "企画課長 恵", COMMITTEE),
			"head": login("head", "企画部長 茂", COMMITTEE),
		}
		self.section = people.make_section(f"{tag} 子ども支援課", [(users["section"], "担当 花子", "課長")])
		self.committee = people.make_committee(
			self.programme,
			f"{tag} 会議",
			[
				{"user": users["npo1"], "member_name": "委員 よしこ", "side": "Organisation"},
				{"user": users["npo2"], "member_name": "委員 つよし", "side": "Organisation"},
				{"user": users["city1"], "member_name": "財政課長 実", "side": "City"},
				{"user": users["city2"], "member_name": "企画課長 恵", "side": "City"},
				{"user": users["head"], "member_name": "企画部長 茂", "side": "City", "steps": "Step 2"},
			],
		)
		frappe.db.commit()  # RestDoor uses other connections
		site = frappe.local.site
		self.users = users
		self.client = {key: RestClient(site, user, password) for key, user in users.items()}
		self.guest = RestClient(site)

	# -- the whole cycle -----------------------------------------------------------

	def _whole_cycle(self):
		d = self.client
		organisation = self._organisation()
		proposal = cycle_steps.draft(
			d["representative"],
			self.programme,
			organisation,
			"みんなの食堂を一緒につくる",
			section=self.section,
			public_summary="子どもと高齢者が食卓を囲む居場所を、市と団体が一緒につくります。",
			plain_summary="こどもと おとしよりが いっしょに ごはんを たべる ばしょを つくります。",
			publish_consent=1,
		)
		self._log_step("an organisation drafts a proposal", proposal)
		d["editor"].update("Kyodo Proposal", proposal, {"profile": cycle_steps.SHEET["profile"] + "会員は35人。"})
		self._log_step("a second member edits the same draft")
		with self._expect_refusal("another organisation cannot read the draft"):
			d["outsider"].read("Kyodo Proposal", proposal)
		with self._expect_refusal("the office cannot read a draft before it is submitted"):
			d["officer"].read("Kyodo Proposal", proposal)
		with self._expect_refusal("setting the state by hand does not bypass the conditions of the step"):
			d["representative"].update("Kyodo Proposal", proposal, {"workflow_state": "Submitted"})
		with self._expect_refusal("a proposal cannot be submitted before the definition is acknowledged"):
			d["representative"].act("Kyodo Proposal", proposal, "Submit")
		self._check("it is submitted with the acknowledgement", cycle_steps.submit(d["representative"], proposal), "Submitted")
		with self._expect_refusal("a submitted proposal cannot be edited"):
			d["representative"].update("Kyodo Proposal", proposal, {"purpose": "…"})
		with self._expect_refusal("the organisation cannot receive its own proposal"):
			d["representative"].act("Kyodo Proposal", proposal, "Receive")
		self._check("the office receives it", cycle_steps.receive(d["officer"], proposal), "Received")
		self._check("it goes to step 1", cycle_steps.refer(d["officer"], proposal, self.section), "Step 1")
		with self._expect_refusal("a proposal cannot be adopted without a meeting"):
			d["officer"].act("Kyodo Proposal", proposal, "Adopt")
		self._step_1(proposal)
		self._step_2(proposal)
		project = self._find_one("Kyodo Project", proposal=proposal)
		self._partnership(project, proposal)
		self._evaluation(project)
		self._check_public_pages(project, proposal)

	def _organisation(self) -> str:
		d = self.client
		name = cycle_steps.begin_organisation(d["representative"], self.programme, "みんなの食卓の会", publish_profile=1)
		with self._expect_refusal("an organisation cannot apply without answering the requirements"):
			d["representative"].act("Kyodo Organisation", name, "Apply for Registration")
		members = d["officer"].read("Kyodo Organisation", name)["members"]
		members.append({"user": self.users["editor"], "member_role": "Editor"})
		with self._expect_refusal("a representative cannot add members without an invitation"):
			d["representative"].update("Kyodo Organisation", name, {"members": members})
		d["officer"].update("Kyodo Organisation", name, {"members": members})
		self._check("an organisation applies", cycle_steps.apply_for_registration(d["representative"], name), "Applied")
		self._check("the office registers it", d["officer"].act("Kyodo Organisation", name, "Register"), "Registered")
		return name

	def _step_1(self, proposal: str):
		d = self.client
		meeting = cycle_steps.plan_meeting(d["officer"], self.committee, "Step 1", [cycle_steps.proposal_item(proposal)])
		self._check("a balanced committee is convened", cycle_steps.convene(d["officer"], meeting), "Convened")
		for key in ("npo1", "city1"):
			cycle_steps.answer(d[key], meeting, "Attending")
		with self._expect_refusal("only invited people can answer"):
			cycle_steps.answer(d["representative"], meeting, "Attending")
		self._mark_all(proposal, "Step 1", ("npo1", "npo2", "city1", "city2"))
		cycle_steps.open_session(d["officer"], meeting)
		with self._expect_refusal("a meeting cannot close with an undecided item"):
			cycle_steps.close(d["officer"], meeting)
		cycle_steps.decide(d["officer"], meeting, proposal, "Passed to Step 2")
		self._check("step 1 passes it on", cycle_steps.close(d["officer"], meeting), "Closed")
		self._check("the proposal is in step 2", self._state_of("Kyodo Proposal", proposal), "Step 2")
		cycle_steps.start_minutes_checks(d["officer"], meeting)
		with self._expect_refusal("the minutes cannot be confirmed before the members have checked them"):
			d["officer"].act("Kyodo Meeting", meeting, "Confirm Minutes")
		with self._expect_refusal("a member cannot check the minutes out of turn"):
			cycle_steps.check_minutes(d["city2"], meeting)
		for row in d["officer"].read("Kyodo Meeting", meeting)["minutes_checks"]:
			cycle_steps.check_minutes(next(client for client in d.values() if client.user == row["user"]), meeting)
		self._log_step("the members check the minutes, one after the other")
		self._check(
			"a member confirms the minutes, the office publishes them",
			cycle_steps.finish_minutes(d["npo1"], d["officer"], meeting),
			"Published",
		)

	def _step_2(self, proposal: str):
		d = self.client
		meeting = cycle_steps.plan_meeting(d["officer"], self.committee, "Step 2", [cycle_steps.proposal_item(proposal)])
		cycle_steps.convene(d["officer"], meeting)
		attending = {row["user"] for row in d["officer"].read("Kyodo Meeting", meeting)["attendance"]}
		self._check("department heads sit in step 2", self.users["head"] in attending, True)
		cycle_steps.open_session(d["officer"], meeting)
		cycle_steps.decide(d["officer"], meeting, proposal, "Adopted", amount=400000)
		self._check("step 2 decides", cycle_steps.close(d["officer"], meeting), "Closed")
		self._check("the proposal is adopted", self._state_of("Kyodo Proposal", proposal), "Adopted")
		letters = d["representative"].list("Kyodo Letter", ["letter_number", "letter_type"], filters=_filters(proposal=proposal))
		self._check("the letters are numbered", all(row["letter_number"] for row in letters), True)
		# a job writes the invitation to a hearing, where a worker runs
		types = sorted(row["letter_type"] for row in letters if row["letter_type"] != "Invitation")
		self._check("each step has its letter", types, ["Adopted", "Passed to Step 2", "Receipt"])

	def _mark_all(self, proposal: str, step: str, members: tuple[str, ...]):
		d = self.client
		criteria = [
			row["code"] for row in d["officer"].read("Kyodo Programme", self.programme)["criteria"] if row["step"] in ("Both", step)
		]
		first = ""
		for number, member in enumerate(members):
			review = self._find_one("Kyodo Review", proposal=proposal, step=step, member=self.users[member], client=member)
			if number == 1:
				with self._expect_refusal("a member cannot read another member's marks"):
					d[member].read("Kyodo Review", first)
			else:
				first = review
			cycle_steps.mark(d[member], review, {code: MARKS_FOR[i % 6] for i, code in enumerate(criteria)})
		self._log_step("each member submits a review; all are released together")

	def _partnership(self, project: str, proposal: str):
		d = self.client
		with self._expect_refusal("a project cannot begin without an agreement"):
			cycle_steps.run(d["section"], project)
		agreement = self._conclude_agreement(project)
		self._check("the project runs", cycle_steps.run(d["section"], project), "Running")
		self._amend_agreement(agreement)
		self._run_project(project)
		self._check("the project is completed", cycle_steps.complete(d["section"], project), "Completed")
		report = self._find_one("Kyodo Report", project=project)
		doc = d["representative"].read("Kyodo Report", report)
		self._check("the report is due by the programme's rule", bool(doc["due_date"] and doc["due_date"] > nowdate()), True)
		self._check("the organisation reports in time", cycle_steps.fill_report(d["representative"], report), "Submitted")
		self._check("the office accepts the report", d["officer"].act("Kyodo Report", report, "Accept"), "Accepted")
		self.report = report

	def _conclude_agreement(self, project: str) -> str:
		d = self.client
		point = d["representative"].call(
			f"{NEGOTIATION}.raise_point", project=project, about="Roles", subject="会場の鍵", suggestion="市で管理してほしい"
		)
		d["section"].update("Kyodo Project", project, {"form": self._first_form()})
		agreement = d["section"].call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
		with self._expect_refusal("an agreement cannot be offered while a point is open"):
			d["section"].act("Kyodo Agreement", agreement, "Offer")
		with self._expect_refusal("a side cannot settle a point before the other has answered"):
			d["representative"].call(f"{NEGOTIATION}.settle", point=point, settlement="市が管理する。")
		d["section"].call(f"{NEGOTIATION}.settle", point=point, settlement="鍵は市が管理し、当日は団体に貸し出す。")
		cycle_steps.agree(d["section"], d["representative"], project, self._first_form())
		self._check("both sides have agreed on one hash", self._state_of("Kyodo Agreement", agreement), "Concluded")
		return agreement

	def _amend_agreement(self, agreement: str):
		d = self.client
		draft = d["representative"].call(
			"kyodo_frappe.partnership.agreement_terms.begin_amendment", agreement=agreement, reason="会場を広げるため"
		)
		d["section"].act("Kyodo Agreement", draft, "Offer")
		cycle_steps.confirm(d["representative"], draft, "代表")
		self._check("the old agreement is in force until both have confirmed", self._state_of("Kyodo Agreement", agreement), "Concluded")
		cycle_steps.confirm(d["section"], draft, "課長")
		self._check("then the amendment is in force", self._state_of("Kyodo Agreement", draft), "Concluded")
		self._check("and the old text stays readable", bool(d["representative"].read("Kyodo Agreement", agreement)["clauses"]), True)

	def _run_project(self, project: str):
		d = self.client
		note = d["representative"].insert(
			{"doctype": "Kyodo Progress Note", "project": project, "kind": "Talk", "note_date": nowdate(), "note": "第1回定例会。"}
		)["name"]
		with self._expect_refusal("a side cannot acknowledge its own note"):
			d["editor"].call("kyodo_frappe.partnership.notes.acknowledge", note=note)
		d["section"].call("kyodo_frappe.partnership.notes.acknowledge", note=note, answer="確認しました。")
		with self._expect_refusal("an acknowledged note cannot be changed"):
			d["representative"].update("Kyodo Progress Note", note, {"note": "書き換え"})
		voucher = {"paid_on": nowdate(), "amount": 3000, "category": "Consumables", "description": "お品代", "addressee": "上様"}
		expense = d["representative"].insert({"doctype": "Kyodo Expense", "project": project, **voucher})
		self._check("a faulty voucher is reported at once", bool(expense["finding"]), True)
		d["representative"].delete("Kyodo Expense", expense["name"])
		change = d["representative"].call("kyodo_frappe.partnership.plan_changes.begin", project=project, reason="回数を増やすため")
		d["representative"].update("Kyodo Plan Change", change, {"plan": "毎週水曜に加え、第2土曜にも開く。"})
		d["representative"].act("Kyodo Plan Change", change, "Propose Change")
		with self._expect_refusal("a side cannot agree to its own change"):
			d["editor"].act("Kyodo Plan Change", change, "Agree")
		self._check("the other side agrees to a small change", d["section"].act("Kyodo Plan Change", change, "Agree"), "Approved")
		self._check("and it becomes part of the plan", "第2土曜" in d["section"].read("Kyodo Project", project)["plan"], True)

	def _evaluation(self, project: str):
		d = self.client
		year = d["officer"].read("Kyodo Report", self.report)["fiscal_year"]
		evaluation = d["section"].call("kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=year)
		city = self._find_one("Kyodo Evaluation Sheet", evaluation_round=evaluation, side="City", client="section")
		group = self._find_one("Kyodo Evaluation Sheet", evaluation_round=evaluation, side="Organisation", client="representative")
		cycle_steps.submit_sheet(d["section"], city, [4, 3, 5])
		with self._expect_refusal("a side cannot read the other's sheet until both are submitted"):
			d["representative"].read("Kyodo Evaluation Sheet", city)
		cycle_steps.submit_sheet(d["representative"], group, [4, 5, 2])
		self._check("both sheets are submitted", self._state_of("Kyodo Evaluation Round", evaluation), "Both In")
		self._check("now each side reads the other's sheet", bool(d["representative"].read("Kyodo Evaluation Sheet", city)), True)
		with self._expect_refusal("one side alone cannot conclude the dialogue"):
			d["section"].update("Kyodo Evaluation Round", evaluation, {"dialogue": "市の記録のみ。"})
			d["section"].act("Kyodo Evaluation Round", evaluation, "Conclude Dialogue")
		cycle_steps.record_dialogue(
			(d["section"], d["representative"]), evaluation, "連絡の頻度について話し合い、月1回の定例会を置くことにした。"
		)
		d["section"].act("Kyodo Evaluation Round", evaluation, "Conclude Dialogue")
		d["officer"].update(
			"Kyodo Evaluation Round",
			evaluation,
			{
				"committee_view": "目標に近い成果がある。継続が望ましい。",
				"outcome": "Continue",
				"public_summary": "両者とも成果を認めた。",
				"plain_summary": "市と 団体が、よかったと みとめました。",
			},
		)
		with self._expect_refusal("an evaluation cannot be verified without a meeting"):
			d["officer"].act("Kyodo Evaluation Round", evaluation, "Verify")
		self._verification(project, evaluation)

	def _verification(self, project: str, evaluation: str):
		d = self.client
		agenda = [
			{"item_type": "Report", "report": self.report, "subject": "実績報告", "verified": 1},
			{"item_type": "Evaluation", "evaluation_round": evaluation, "subject": "相互評価", "verified": 1},
		]
		meeting = cycle_steps.plan_meeting(d["officer"], self.committee, "Evaluation", agenda)
		cycle_steps.convene(d["officer"], meeting)
		cycle_steps.open_session(d["officer"], meeting)
		cycle_steps.close(d["officer"], meeting)
		self._check("the meeting verifies the report", self._state_of("Kyodo Report", self.report), "Verified")
		self._check("and the project with it", self._state_of("Kyodo Project", project), "Verified")
		self._check("the evaluation is published", d["officer"].act("Kyodo Evaluation Round", evaluation, "Publish"), "Published")

	def _check_public_pages(self, project: str, proposal: str):
		for kind, name, words in (("projects", project, "みんなの食堂"), ("proposals", proposal, "みんなの食堂")):
			status, text = self.guest.page(f"/kyodo/{kind}/{name}")
			self._check(f"a guest reads /kyodo/{kind}/{name}", (status, words in text), (200, True))
		with self._expect_refusal("a guest cannot read a proposal over REST"):
			self.guest.read("Kyodo Proposal", proposal)

	# -- refusal and re-proposal ----------------------------------------------------

	def _refusal_and_reproposal(self):
		d = self.client
		organisation = d["representative"].list("Kyodo Organisation")[0]["name"]
		first = cycle_steps.draft(d["representative"], self.programme, organisation, "川辺の花壇づくり", continuity="1年限りの予定。")
		cycle_steps.submit(d["representative"], first)
		cycle_steps.receive(d["officer"], first)
		cycle_steps.refer(d["officer"], first, self.section)
		meeting = cycle_steps.plan_meeting(d["officer"], self.committee, "Step 1", [cycle_steps.proposal_item(first)])
		cycle_steps.convene(d["officer"], meeting)
		cycle_steps.open_session(d["officer"], meeting)
		with self._expect_refusal("a proposal cannot be turned down without reasons"):
			cycle_steps.decide(d["officer"], meeting, first, "Not Adopted")
		cycle_steps.decide(
			d["officer"],
			meeting,
			first,
			"Not Adopted",
			reasons=cycle_steps.REFUSAL,
			advice="支援センターに相談し、会費などの財源を検討してください。",
		)
		cycle_steps.close(d["officer"], meeting)
		self._check("a second proposal is turned down", self._state_of("Kyodo Proposal", first), "Not Adopted")
		decision = self._find_one("Kyodo Decision", proposal=first, client="representative")
		reasons = d["representative"].read("Kyodo Decision", decision)
		self._check("with reasons and advice that its members can read", (len(reasons["reasons"]), bool(reasons["advice"])), (1, True))
		again = d["representative"].call("kyodo_frappe.proposals.proposals.propose_again", proposal=first)
		new = d["representative"].read("Kyodo Proposal", again)
		self._check("it comes back as a new draft, linked", (new["workflow_state"], new["previous_proposal"]), ("Draft", first))
		d["representative"].update("Kyodo Proposal", again, {"continuity": "会費と寄附を財源に3年続ける。"})
		self._check("and is submitted again", cycle_steps.submit(d["representative"], again), "Submitted")

	# -- reading from the site ---------------------------------------------------------

	def _first_form(self) -> str:
		return self.client["officer"].read("Kyodo Programme", self.programme)["forms"][0]["form_name"]

	def _find_one(self, doctype: str, client: str = "officer", **filters) -> str:
		rows = self.client[client].list(doctype, filters=_filters(**filters))
		if len(rows) != 1:
			raise Failed(f"{doctype} {filters}: expected one record, found {len(rows)}")
		return rows[0]["name"]

	def _state_of(self, doctype: str, name: str) -> str:
		return self.client["officer"].read(doctype, name)["workflow_state"]

	# -- checking and logging --------------------------------------------------------------

	def _log_step(self, what: str, detail: str = ""):
		self.steps += 1
		self.log(f"{self.steps:3}  ok  {what} {detail}".rstrip())

	def _check(self, what: str, found, expected):
		if found != expected:
			raise Failed(f"{what}: expected {expected!r}, found {found!r}")
		self._log_step(what)

	@contextmanager
	def _expect_refusal(self, what: str) -> Iterator[None]:
		try:
			yield
		except Refused as refusal:
			self._log_step(what, f"({refusal.status})")
		else:
			raise Failed(f"{what}: it was not refused")


def _filters(**filters) -> str:
	return frappe.as_json(filters)
