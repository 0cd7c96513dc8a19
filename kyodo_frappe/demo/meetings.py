"""The committee's meetings of the demo city (data/meetings.json), with what was said, decided and written down.

A meeting is {key, when, type, begins, ends, place, observers, absent: [keys], agenda}; an item {story, result, amount, marks, hearing,
notes, …} is a proposal, {story, verifies: 1} its report and evaluation, {topic, notes} anything else. `until`: how far it has come.
"""

import frappe

from kyodo_frappe.committee import convening
from kyodo_frappe.demo import cycle_steps, people

MEETING, REVIEW = "Kyodo Meeting", "Kyodo Review"
ACTION = "kyodo_frappe.committee.meetings."
CONVENE_BEFORE, MINUTES_AFTER = 14, 12
STAGES = ("planned", "convened", "in session", "closed", "published")
DECIDED = ("amount", "advice", "conditions", "rank")


class Meetings:
	"""Notes the meetings in the timeline; `city`: a demo.city.City."""

	def __init__(self, city):
		self.city, self.officer = city, city.officer

	def note(self, timeline, data: dict):
		"""Note when a meeting is convened, held, and its minutes published."""
		meeting = Meeting(self, data)
		day = timeline.day_of(data["when"])
		until = STAGES.index(data.get("until", "published"))
		convened = timeline.shifted(day, -CONVENE_BEFORE)
		if timeline.is_relative(data["when"]):
			convened = min(convened, timeline.today)
		if timeline.note(convened, meeting.convene if until else meeting.plan, office=True) is None or until < 2:
			return
		held = timeline.note(day, meeting.hold, office=True)
		if held and until >= STAGES.index("published"):
			timeline.note(timeline.shifted(held, MINUTES_AFTER), meeting.publish, office=True)


class Meeting:
	"""One meeting while it is played."""

	def __init__(self, meetings: Meetings, data: dict):
		self.city, self.officer, self.data = meetings.city, meetings.officer, data
		self.name = ""

	def plan(self):
		"""The office plans the meeting on its day."""
		day = self.city.timeline.open_day(self.data["when"])
		self.name = cycle_steps.plan_meeting(
			self.officer,
			self.city.committee,
			self.data["type"],
			[row for item in self.data["agenda"] for row in self._rows(item)],
			day,
			begins_at=self.data.get("begins", "18:30"),
			place=self.data.get("place", "市役所 本庁舎 301会議室"),
		)
		if self.data["type"] != "Evaluation":
			self.officer.call(ACTION + "lay_out_times", meeting=self.name)

	def _rows(self, item: dict) -> list[dict]:
		if "topic" in item:
			return [{"item_type": "Topic", "subject": item["topic"]}]
		story = self.city.stories[item["story"]]
		if not item.get("verifies"):
			return [cycle_steps.proposal_item(story.proposal)]
		title = story.data["title"]
		return [
			{"item_type": "Report", "report": story.report, "subject": f"「{title}」実績報告の検証", "verified": 1},
			{"item_type": "Evaluation", "evaluation_round": story.round, "subject": f"「{title}」相互評価の検証", "verified": 1},
		]

	def convene(self):
		"""The office invites; members answer."""
		self.plan()
		cycle_steps.convene(self.officer, self.name)
		with self.officer:
			convening.notify_proposers(self.name, convening.INVITED)  # at once, so that the ledger records the letters
		for key, answer, note in self.data.get("answers", []):
			cycle_steps.answer(self.city.members[key], self.name, answer, note)
		if self.data.get("cancelled"):
			self.officer.update(MEETING, self.name, {"cancel_reason": self.data["cancelled"]})
			self.officer.act(MEETING, self.name, "Call Off")

	def hold(self):
		"""The members review, meet and decide; the office writes down what is said."""
		self._review()
		absent = tuple(f"{key}@{people.DOMAIN}" for key in self.data.get("absent", ()))
		cycle_steps.open_session(self.officer, self.name, absent=absent)
		self._write_down()
		for item in self.data["agenda"]:
			if item.get("result"):
				given = {field: item[field] for field in DECIDED if field in item}
				given["reasons"] = [{**reason, "question": self._questions()[reason["criterion"]]} for reason in item.get("reasons", ())]
				if yearly := item.get("yearly"):
					first = self.city.timeline.year + self.city.stories[item["story"]].data["first_year"]
					given["yearly"] = [{"fiscal_year": first + number, "granted": amount} for number, amount in enumerate(yearly)]
				cycle_steps.decide(self.officer, self.name, self.city.stories[item["story"]].proposal, item["result"], **given)
		if self.data.get("until") != "in session":
			cycle_steps.close(self.officer, self.name)

	def _questions(self) -> dict[str, str]:
		programme = frappe.get_cached_doc("Kyodo Programme", self.city.programme)
		return {row.code: row.question for row in programme.criteria}

	def _review(self):
		"""Each member marks each proposal around the marks that the data gives, a little stricter or milder."""
		marks = {self.city.stories[item["story"]].proposal: item["marks"] for item in self.data["agenda"] if item.get("marks")}
		rows = frappe.get_all(REVIEW, {"meeting": self.name}, ["name", "member", "proposal"], order_by="proposal, member")
		for number, row in enumerate(rows):
			if row.proposal in marks:
				codes = frappe.get_all("Kyodo Review Mark", {"parent": row.name}, pluck="criterion", order_by="idx")
				given = {
					code: _mark(mark, number + place) for place, (code, mark) in enumerate(zip(codes, marks[row.proposal], strict=True))
				}
				cycle_steps.mark(self.city.members[row.member.split("@")[0]], row.name, given)

	def _write_down(self):
		doc = self.officer.read(MEETING, self.name)
		said = [
			(item.get("hearing", ""), item.get("notes", "") if place == 0 else item.get("evaluation_notes", ""))
			for item in self.data["agenda"]
			for place in range(2 if item.get("verifies") else 1)
		]
		for row, (hearing, notes) in zip(doc["agenda"], said, strict=True):
			row.update({"hearing": hearing, "notes": notes})
		values = {"agenda": [cycle_steps._client_row(row) for row in doc["agenda"]], "observers": self.data.get("observers", 0)}
		self.officer.update(MEETING, self.name, {**values, "ends_at": self.data.get("ends", "20:30"), "chair_name": self.city.chair_name})

	def publish(self):
		"""Those who check the minutes agree to them, the chair confirms, the office publishes."""
		cycle_steps.start_minutes_checks(self.officer, self.name)
		for row in self.officer.read(MEETING, self.name)["minutes_checks"]:
			cycle_steps.check_minutes(self.city.members[row["user"].split("@")[0]], self.name, self.data.get("remark", ""))
		cycle_steps.finish_minutes(self.city.members["chair"], self.officer, self.name)


def _mark(mark: int, number: int) -> str:
	"""Return a member's mark of 0 to 5 points near `mark`."""
	return str(max(1, min(5, mark + (0, 0, 1, 0, -1, 0, 0)[number % 7])))
