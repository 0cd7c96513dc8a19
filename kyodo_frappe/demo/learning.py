"""The demo city's services, events, support centre, guides and surveys (data/learning.json)."""

import json
from pathlib import Path

import frappe
from frappe.utils import nowdate

from kyodo_frappe.learning import self_checks
from kyodo_frappe.support import surveys

SERVICE = "kyodo_frappe."
CASE, NEED, EVENT = "Kyodo Support Case", "Kyodo Need", "Kyodo Event"


class Learning:
	"""Notes in the timeline what the office, the sections and the support centre do beside the projects; `city`: a demo.city.City."""

	def __init__(self, city):
		self.city, self.officer, self.support = city, city.officer, city.support
		self.data = json.loads((Path(__file__).parent / "data" / "learning.json").read_text(encoding="utf-8"))
		self.needs: dict[str, str] = {}

	def note(self, timeline):
		"""Note all of it."""
		kinds = ("services", "screenings", "cases", "needs", "matches", "people", "surveys", "revisions", "checks")
		for event in self.data["events"]:
			self._note_event(timeline, event)
		for kind in kinds:
			for row in self.data[kind]:
				timeline.note(row["when"], lambda kind=kind, row=row: getattr(self, f"_make_{kind}")(row))
				if row.get("closes"):
					timeline.note(row["closes"], lambda kind=kind, row=row: getattr(self, f"_close_{kind}")(row))
		timeline.note("-1d", self._plan_next_year)

	@property
	def programme(self) -> str:
		"""The city's programme."""
		return self.city.programme

	# -- events ------------------------------------------------------------------------------------

	def _note_event(self, timeline, event: dict):
		timeline.note(event["when"], lambda: self._announce(event), office=True)
		if event.get("record"):
			timeline.note(event["on"], lambda: self._hold(event), office=event["event_kind"] == "Public Presentation")

	def _announce(self, event: dict):
		skipped = ("when", "on", "record", "coming", "announced")
		values = {key: value for key, value in event.items() if key not in skipped}
		timeline = self.city.timeline
		day = str((timeline.open_day if event["event_kind"] == "Public Presentation" else timeline.day_of)(event["on"]))
		client = self.support if event.get("organiser") == "Support Centre" else self.officer
		doc = client.insert(
			{"doctype": EVENT, "programme": self.programme, "held_on": day, "questions": self.data["questionnaire"], **values}
		)
		event["name"] = doc["name"]
		if event.get("announced", 1):
			client.call(SERVICE + "learning.events.announce", event=doc["name"])
		for key in event.get("coming", ()):
			self.city.clients[key].call(SERVICE + "learning.registrations.take_part", event=doc["name"])

	def _hold(self, event: dict):
		client = self.support if event.get("organiser") == "Support Centre" else self.officer
		came = frappe.get_all("Kyodo Event Registration", {"event": event["name"], "state": "Registered"}, pluck="name", order_by="name")
		rows = [{"name": name, "attendance": "Attended"} for name in came]
		client.call(SERVICE + "learning.registrations.note_attendance", event=event["name"], rows=rows)
		client.call(SERVICE + "learning.events.hold", event=event["name"], record=event["record"])

	# -- the support centre --------------------------------------------------------------------------

	def _make_cases(self, row: dict):
		if key := row.get("asked_by"):
			asked = {field: row[field] for field in ("subject", "content", "topic")}
			organisation = self.city.organisations[key]
			row["name"] = self.city.clients[key].call(SERVICE + "support.cases.ask", organisation=organisation, **asked)
		else:
			values = {field: row[field] for field in ("subject", "content", "topic", "channel", "client_name")}
			row["name"] = self.support.insert({"doctype": CASE, "programme": self.programme, **values})["name"]

	def _close_cases(self, row: dict):
		self.support.update(CASE, row["name"], {"answer": row["answer"]})
		self.support.call(SERVICE + "support.cases.close", case=row["name"])

	def _make_needs(self, row: dict):
		fields = ("kind", "what", "title", "description", "places")
		values = {field: row[field] for field in fields if field in row}
		client = self.city.clients[row["organisation"]]
		contact = {"contact_name": frappe.utils.get_fullname(client.user), "contact": client.user}
		about = {"party": "Organisation", "organisation": self.city.organisations[row["organisation"]], "published": 1, **contact}
		more = {"skills": [{"skill": row["skill"]}], "open_until": str(self.city.timeline.day_of(row["until"]))}
		self.needs[row["key"]] = self.support.insert({"doctype": NEED, "programme": self.programme, **about, **values, **more})["name"]

	def _make_matches(self, row: dict):
		need, other = self.needs[row["need"]], self.needs[row["other"]]
		match = self.support.call(SERVICE + "support.introductions.introduce", need=need, kind="Need", target=other)
		for side in row.get("agreed", ()):
			self.support.call(SERVICE + "support.introductions.answer_introduction", match=match, side=side, answer="Yes")
		if row.get("outcome"):
			self.support.call(SERVICE + "support.introductions.conclude", match=match, came_together=1, outcome=row["outcome"])

	def _make_people(self, row: dict):
		values = {key: value for key, value in row.items() if key not in ("when", "skill")}
		self.support.insert(
			{
				"doctype": "Kyodo Resource Person",
				"programme": self.programme,
				"publish_consent": 1,
				**values,
				"skills": [{"skill": row["skill"]}],
			}
		)

	def _make_surveys(self, row: dict):
		year = self.city.timeline.year_of(row["when"])
		days = {"opens_on": nowdate(), "closes_on": str(self.city.timeline.day_of(row["until"]))}
		values = {"title": row["title"].replace("【年度】", self.city.timeline.year_name(year)), "introduction": row["introduction"]}
		about = {"programme": self.programme, "fiscal_year": year}
		survey = self.support.insert({"doctype": "Kyodo Survey", **about, **values, **days, "questions": self.data["survey"]})["name"]
		self.support.call(SERVICE + "support.surveys.open_survey", survey=survey)
		row["name"] = survey
		for key, answers in row["answers"].items():
			self._answer(survey, key, answers)

	def _answer(self, survey: str, key: str, answers: list[str]):
		sheet = frappe.db.get_value("Kyodo Survey Response", {"survey": survey, "organisation": self.city.organisations[key]})
		codes = [question["code"] for question in self.data["survey"]]
		with self.city.clients[key]:
			surveys.save_answers(sheet, dict(zip(codes, answers, strict=True)), hand_in=True)

	def _close_surveys(self, row: dict):
		self.support.call(SERVICE + "support.surveys.close_survey", survey=row["name"])

	# -- the city ----------------------------------------------------------------------------------------

	def _make_services(self, row: dict):
		"""A project that the city and an organisation have carried on together for years, without a proposal."""
		timeline = self.city.timeline
		year = timeline.year_of(row["when"])
		values = {key: row[key] for key in ("project_name", "section", "public_summary", "plain_summary", "plan")}
		roles = [dict(zip(("side", "role"), line, strict=True)) for line in row["roles"]]
		days = {"from_date": str(timeline.day_of(row["when"])), "to_date": f"{timeline.year + 1}-03-31", "fiscal_year": year}
		about = {"programme": self.programme, "origin": "Existing Service", "organisation": self.city.organisations[row["organisation"]]}
		project = self.officer.insert({"doctype": "Kyodo Project", **about, **values, **days, "roles": roles, "published": 1})["name"]
		self.officer.act("Kyodo Project", project, "Begin")

	def _make_screenings(self, row: dict):
		client = self.city.sections[row["section"]]
		year = self.city.timeline.year_of(row["when"])
		values = {key: row[key] for key in ("service_name", "section", "plan_or_policy", "cost", "description")}
		doc = client.insert({"doctype": "Kyodo Service Screening", "programme": self.programme, "fiscal_year": year, **values})
		suits = row["suits"]
		answers = [
			{**line, "answer": "Yes" if (line["direction"] == "For") is suits else "No", "note": row["note"]} for line in doc["answers"]
		]
		view = {"section_view": "Suits" if suits else "Does Not Suit", "section_reason": row["reason"]}
		client.update("Kyodo Service Screening", doc["name"], {"answers": answers, **view})
		client.act("Kyodo Service Screening", doc["name"], "Hand In")

	def _make_revisions(self, row: dict):
		"""A guide is revised, and the citizens are asked what they think of it."""
		service = SERVICE + "learning.guides."
		page = frappe.db.get_value("Kyodo Page", {"programme": self.programme, "page_kind": row["kind"]})
		self.officer.call(service + "begin_revision", page=page, reason=row["reason"])
		text = frappe.db.get_value("Kyodo Page", page, "body")
		self.officer.update("Kyodo Page", page, {"revision": f"{text}\n\n{row['adds']}\n"})
		until = str(self.city.timeline.day_of(row["until"]))
		self.officer.call(service + "invite_comments", page=page, comments_from=nowdate(), comments_until=until)
		row["name"] = page

	def _make_checks(self, row: dict):
		client = self.officer if row["who"] == "officer" else self.city.clients[row["who"]]
		with client:
			number = len(self_checks.items(row["audience"]))
		marks = {str(at): row["marks"][at % len(row["marks"])] for at in range(1, number + 1)}
		client.call(SERVICE + "learning.self_checks.keep", audience=row["audience"], marks=marks, note=row["note"])

	def _plan_next_year(self):
		"""The office lays out the committee's meetings of the coming fiscal year."""
		plan = SERVICE + "committee.meetings.plan_year"
		self.officer.call(plan, committee=self.city.committee, fiscal_year=self.city.timeline.year + 1)
