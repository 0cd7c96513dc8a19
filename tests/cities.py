"""A city with a preset of its own that tests take through a fiscal year on a simulated calendar."""

import datetime
import io

import frappe
from frappe.utils import getdate
from PIL import Image

from kyodo_frappe.demo import cycle_steps, people
from kyodo_frappe.demo.clock import Clock
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.programme import presets
from kyodo_frappe.rules.calendar import next_open_day
from kyodo_frappe.rules.era import fiscal_year

SHEETS = "Kyodo Evaluation Sheet"
PUBLIC = {"public_summary": "両者とも成果を認めた。", "plain_summary": "市と 団体が、よかったと みとめました。"}


class City:
	"""The people of the shared town in a city with a preset of its own.

	`year`: the fiscal year that it goes through, next year's, so that no day lies before existing records.
	"""

	def __init__(self, town, preset: str, clock: Clock):
		self.town, self.clock = town, clock
		self.year = fiscal_year(getdate()) + 1
		self.tag = f"{town.tag}-{preset}"
		self.on(4, 1)
		self.programme = self.made(preset)
		self.rules = frappe.get_doc("Kyodo Programme", self.programme)
		self.section = people.make_section(f"{self.tag} 担当課", [(town.section_officer.user, "担当 花子", "課長")])
		self.officer, self.section_officer = town.officer, town.section_officer
		self.representative, self.outsider = town.representative, town.outsider
		kinds = frappe.get_all("Kyodo Committee", {"programme": self.programme}, ["kind", "name"], as_list=True, order_by="name")
		self.committees = dict(kinds)
		self._seat("Examination", npo=("npo1", "npo2"), city=("city1", "city2"), heads=("head",))

	def made(self, preset: str) -> str:
		"""Make the programme of a preset and return its name."""
		given = presets.read_preset(preset)
		given["programme"]["programme_name"] += f"（{self.tag}）"
		return presets.apply(self.tag, given)

	# -- days ---------------------------------------------------------------------------

	def on(self, month: int, day: int, years: int = 0) -> datetime.date:
		"""Go to the first open day from this one on, in the city's fiscal year or `years` after it."""
		year = self.year + years + (1 if month < 4 else 0)
		self.clock.day = next_open_day(datetime.date(year, month, day))
		return self.clock.day

	def later(self, days: int) -> datetime.date:
		"""Go to the first open day after this many days."""
		self.clock.day = next_open_day(self.clock.day + datetime.timedelta(days=days))
		return self.clock.day

	def at(self, day: datetime.date):
		"""Go to a day."""
		self.clock.day = day

	# -- committees ---------------------------------------------------------------------

	def _seat(self, kind: str, npo=(), city=(), heads=()):
		"""Give logins to the first seats of each side; the other seats have none."""
		doc = frappe.get_doc("Kyodo Committee", self.committees[kind])
		for keys, side, steps in ((npo, "Organisation", "Both"), (city, "City", "Both"), (heads, "City", "Step 2")):
			seats = [row for row in doc.members if row.side == side and row.steps == steps]
			for key, row in zip(keys, seats):
				row.user = self.town.cast[key]
		with people.without_cache_clearing():  # a login that gets a role empties all of Frappe's caches otherwise
			doc.save()

	def seat_team(self):
		"""Seat the internal team with staff of other sections, and return its members."""
		self._seat("Internal Team", city=("section2", "officer2", "manager"))
		return self.town.other_section_officer, self.town.other_officer, self.town.manager

	def meeting(self, step: str, *agenda: dict, kind: str = "Examination") -> str:
		"""Plan, convene and open a meeting, and return its name."""
		name = cycle_steps.plan_meeting(self.officer, self.committees[kind], step, list(agenda))
		cycle_steps.convene(self.officer, name)
		cycle_steps.open_session(self.officer, name)
		return name

	def marks(self, proposal: str, **given):
		"""Let every member with a login review a proposal with {criterion: mark}, or `all` for every criterion."""
		for client in self.town.members.values():
			review = frappe.db.get_value("Kyodo Review", {"member": client.user, "proposal": proposal, "submitted_on": ["is", "not set"]})
			if review:
				codes = [row.criterion for row in frappe.get_doc("Kyodo Review", review).marks]
				cycle_steps.mark(client, review, {code: given.get(code, given.get("all")) for code in codes})

	def decided(self, proposal: str, result: str, step: str = "Step 1", marks: dict | None = None, **more) -> str:
		"""Hold a meeting that decides about a proposal, and return its name."""
		meeting = self.meeting(step, cycle_steps.proposal_item(proposal))
		if marks:
			self.marks(proposal, **marks)
		cycle_steps.decide(self.officer, meeting, proposal, result, **more)
		cycle_steps.close(self.officer, meeting)
		return meeting

	# -- organisations and programme ----------------------------------------------------

	def organisation(
		self, client, name: str, kind: str = "Voluntary Group", papers: tuple[str, ...] = (), register: bool = True, **facts
	) -> str:
		"""Make an organisation with documents, have it registered, and return its name."""
		more = {"organisation_type": kind, "representative": "代表", "member_count": 12, **facts}
		organisation = cycle_steps.begin_organisation(client, self.programme, name, **more)
		with client:
			for paper in papers:
				self.attach(organisation, paper)
		if register:
			cycle_steps.apply_for_registration(client, organisation)
			self.officer.act("Kyodo Organisation", organisation, "Register")
		return organisation

	def attach(self, organisation: str, paper: str):
		"""Attach a document to an organisation."""
		organisations.attach_document(frappe.get_doc("Kyodo Organisation", organisation), paper, "", "書類.png", _picture())

	def officer_sets(self, **values):
		"""Change the programme in the desk, as its manager."""
		self.town.manager.update("Kyodo Programme", self.programme, values)

	def event(self, kind: str, name: str | None = None, announce: bool = True) -> str:
		"""Return an event of the programme's plan, with a place, and announced unless told otherwise."""
		filters = {"programme": self.programme, "event_kind": kind, **({"event_name": name} if name else {})}
		if not frappe.db.exists("Kyodo Event", filters):
			self.officer.call("kyodo_frappe.programme.year.make_events", programme=self.programme, fiscal_year=self.year)
		event = frappe.db.get_value("Kyodo Event", filters)
		self.officer.update("Kyodo Event", event, {"place": "市民センター 第1会議室"})
		if announce:
			self.officer.call("kyodo_frappe.learning.events.announce", event=event)
		return event

	def calls(self) -> dict[str, str]:
		"""Make the year's calls from the programme's plan and return {type: call}."""
		make = "kyodo_frappe.programme.year.make_calls"
		made = self.officer.call(make, programme=self.programme, fiscal_year=self.year)
		return {frappe.db.get_value("Kyodo Call", name, "call_type"): name for name in made}

	# -- services ---------------------------------------------------------------------------

	def screened(self, service: str, kind: str) -> str:
		"""Submit the screening of a service with answers in favour of kyōdō, and return its name."""
		facts = {"doctype": "Kyodo Service Screening", "service_name": service, "kind": kind, "programme": self.programme}
		name = self.section_officer.insert({**facts, "section": self.section, "fiscal_year": self.year, "description": "年12回行う。"})[
			"name"
		]
		rows = self.section_officer.read("Kyodo Service Screening", name)["answers"]
		for row in rows:
			row["answer"] = "Yes" if row["direction"] == "For" else "No"
		view = {"section_view": "Suits", "section_reason": "市民の力が生きるため"}
		self.section_officer.update("Kyodo Service Screening", name, {"answers": rows, **view})
		self.section_officer.act("Kyodo Service Screening", name, "Hand In")
		return name

	# -- proposals ----------------------------------------------------------------------

	def advised(self, organisation: str, call: str):
		"""Record that an organisation has come for advice on a call."""
		held = {"doctype": "Kyodo Consultation", "kind": "Advice", "held_on": str(self.clock.day), "summary": "構想を聞き、助言した。"}
		self.officer.insert({**held, "organisation": organisation, "call": call})

	def draft(self, organisation: str | None, title: str = "みんなの食堂", client=None, **more) -> str:
		"""Make a draft proposal and return its name."""
		more = {"section": self.section, "publish_consent": 1, **more}
		return cycle_steps.draft(client or self.representative, self.programme, organisation, title, **more)

	def submitted(self, organisation: str | None, title: str = "みんなの食堂", client=None, **more) -> str:
		"""Make and submit a proposal, and return its name."""
		name = self.draft(organisation, title, client, **more)
		cycle_steps.submit(client or self.representative, name)
		return name

	def joint(self, organisation: str, title: str, client) -> str:
		"""Make a joint draft of an organisation and the section, with the section's consent, and return its name."""
		name = self.draft(organisation, title, client, origin="Joint")
		self.section_officer.call("kyodo_frappe.proposals.consents.consent", proposal=name)
		return name

	def received(self, *args, **more) -> str:
		"""Make a proposal that is submitted and received, and return its name."""
		name = self.submitted(*args, **more)
		cycle_steps.receive(self.officer, name)
		return name

	def talked(self, proposal: str):
		"""Hold the consultation of proposer, section, office and support centre, with the section's opinion."""
		self.officer.act("Kyodo Proposal", proposal, "Start Consultation")
		talk = {"doctype": "Kyodo Consultation", "proposal": proposal, "kind": "Section Talk", "section": self.section}
		talk |= {"held_on": str(self.clock.day), "participants": "提案者、担当課、事務局、支援センター"}
		self.section_officer.insert({**talk, "summary": "役割の分け方を話し合った。", "opinion": "会場の確保は可能。"})

	def in_step_1(self, *args, **more) -> str:
		"""Take a new proposal to step 1 and return its name."""
		proposal = self.received(*args, **more)
		if self.rules.consultation_required:
			self.talked(proposal)
		cycle_steps.refer(self.officer, proposal, self.section)
		return proposal

	def state(self, doctype: str, name: str) -> str:
		"""Return the state of a record."""
		return frappe.db.get_value(doctype, name, "workflow_state")

	def project_of(self, proposal: str) -> str:
		"""Return the project of a proposal."""
		return frappe.db.get_value("Kyodo Project", {"proposal": proposal})

	def letters(self, proposal: str) -> set[str]:
		"""Return the types of a proposal's letters."""
		return set(frappe.get_all("Kyodo Letter", {"proposal": proposal}, pluck="letter_type", order_by="name"))

	# -- project and evaluation ----------------------------------------------------------

	def begin(self, project: str, form: str | None = None):
		"""Conclude the agreement and begin the project on its first day."""
		cycle_steps.agree(self.section_officer, self.representative, project, form or self.rules.forms[0].form_name)
		self.at(max(getdate(frappe.db.get_value("Kyodo Project", project, "from_date")), self.clock.day))
		cycle_steps.run(self.section_officer, project)

	def evaluated(self, project: str, kind: str = "Examination") -> str:
		"""Take a project from its completion to the published evaluation, and return the evaluation round."""
		cycle_steps.complete(self.section_officer, project)
		self.report = frappe.db.get_value("Kyodo Report", {"project": project, "report_kind": "Final"})
		cycle_steps.fill_report(self.representative, self.report)
		self.officer.act("Kyodo Report", self.report, "Accept")
		year = frappe.db.get_value("Kyodo Report", self.report, "fiscal_year")
		evaluation = self.section_officer.call("kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=year)
		for client, side, marks in ((self.section_officer, "City", [4, 3, 5]), (self.representative, "Organisation", [4, 5, 2])):
			cycle_steps.submit_sheet(client, frappe.db.get_value(SHEETS, {"evaluation_round": evaluation, "side": side}), marks)
		cycle_steps.record_dialogue(
			(self.section_officer, self.representative), evaluation, "連絡の頻度について話し合い、月1回の定例会を置く。"
		)
		self.section_officer.act("Kyodo Evaluation Round", evaluation, "Conclude Dialogue")
		view = {"committee_view": "継続が望ましい。", "outcome": "Continue", **PUBLIC}
		self.officer.update("Kyodo Evaluation Round", evaluation, view)
		meeting = self.meeting("Evaluation", *self.verified_items(evaluation), kind=kind)
		cycle_steps.close(self.officer, meeting)
		self.officer.act("Kyodo Evaluation Round", evaluation, "Publish")
		return evaluation

	def verified_items(self, evaluation: str) -> list[dict]:
		"""Return agenda items that verify the report and the evaluation."""
		return [
			{"item_type": "Report", "report": self.report, "subject": "実績報告", "verified": 1},
			{"item_type": "Evaluation", "evaluation_round": evaluation, "subject": "相互評価", "verified": 1},
		]


def _picture() -> bytes:
	content = io.BytesIO()
	Image.new("RGB", (4, 4)).save(content, "PNG")
	return content.getvalue()
