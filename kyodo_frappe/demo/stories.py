"""The stories of the demo city (stories/*.json), from the first advice to the decision; what follows is in partnerships.py.

A story is {key, title, organisation, section, call, amount, summary, plain, sheet, roles, schedule, income, expenses, indicators, events}, perhaps
{since: day before which nothing happens, again: key of the story that was refused, yearly: [yen per year], first_year};
an event is {when, do, …}: `do` names a function of STORY_ACTS, the rest is what it is given. Dates: timeline.WHEN.
"""

import json
from collections.abc import Callable
from pathlib import Path

from frappe.utils import getdate, nowdate

from kyodo_frappe.demo import cycle_steps, partnerships
from kyodo_frappe.demo.clients import LocalClient

FOLDER = Path(__file__).parent
PROPOSAL, CONSULTATION = "Kyodo Proposal", "Kyodo Consultation"
# done by the city, which is closed on weekends and holidays
OFFICE = {"receive", "return", "talk", "refer", "vote", "agree", "begin", "accept", "publish", "move_up", "pay", "open_round"}
# (day, act, reason of a withdrawal): an idea of this year is still being talked about
FILLER_EVENTS = (
	("{} 04-15", "draft", ""),
	("{} 04-16", "submit", ""),
	("{} 04-18", "receive", ""),
	("{} 09-12", "withdraw", "市の担当課と話し合い、費用のかからない方法で、地域の会が自分たちで始めることになったため。"),
)
ROWS = {
	"roles": ("side", "role"),
	"schedule": ("period", "activity", "side"),
	"income": ("category", "description", "amount", "year_number"),
	"expenses": ("category", "description", "unit_price", "quantity", "year_number"),
	"indicators": ("indicator", "unit", "baseline", "target", "measurement"),
}


def read_all() -> list[dict]:
	"""Return the stories in the order of their files."""
	return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / "stories").glob("*.json"))]


class Story:
	"""One story while it is played. proposal, project, report, round: names of its records, once they exist."""

	def __init__(self, city, data: dict):
		self.city, self.data, self.key = city, data, data["key"]
		self.officer, self.support = city.officer, city.support
		self.organisation = data.get("organisation")
		self.client: LocalClient = city.clients[self.organisation] if self.organisation else city.sections[data["section"]]
		self.section: LocalClient = city.sections[data["section"]]
		self.proposal = self.project = self.report = self.round = ""

	@property
	def organisation_name(self) -> str | None:
		"""The name of the organisation's record."""
		return self.city.organisations[self.organisation] if self.organisation else None

	@property
	def call(self) -> str | None:
		"""The name of the call's record; None before there is one."""
		return self.city.calls.get(self.data.get("call"))

	def side(self, name: str) -> LocalClient:
		"""Return the client that writes for a side: City or Organisation."""
		return self.section if name == "City" else self.client

	def note(self, timeline):
		"""Note all events in the timeline, in their order; what comes after one that lies in the future does not happen."""
		since = timeline.day_of(self.data["since"]) if "since" in self.data else None
		for event in self.data["events"]:
			acts = ACTS[event["do"]]
			day = timeline.note(event["when"], lambda act=acts, given=event: act(self, given), event["do"] in OFFICE, since)
			if day is None:
				return
			since = day
			for after, act in partnerships.follow_ups(self, event):
				timeline.note(day + after, act, since=day)

	def values(self) -> dict:
		"""The content of the proposal as a client sends it."""
		data = self.data
		first = self.city.timeline.year + data.get("first_year", 0)
		values = {
			"section": data["section"],
			"call": self.call,
			"needs_budget": int(bool(data.get("amount"))),
			"requested_amount": data.get("amount", 0),
			"publish_consent": 1,
			"public_summary": data["summary"],
			"plain_summary": data["plain"],
			**data["sheet"],
			**{table: [dict(zip(columns, row, strict=False)) for row in data.get(table, [])] for table, columns in ROWS.items()},
		}
		for row in values["expenses"]:
			row["eligible"] = 1
		if yearly := data.get("yearly"):
			amounts = [{"fiscal_year": first + number, "requested": amount} for number, amount in enumerate(yearly)]
			values |= {"term": len(yearly), "yearly_amounts": amounts}
		return values


# -- before the decision -------------------------------------------------------------


def advise(story: Story, given: dict):
	"""The support centre, or the office, records advice before there is a draft."""
	adviser = story.officer if given.get("by") == "office" else story.support
	about = {"organisation": story.organisation_name, "call": story.call, "held_on": nowdate()}
	words = {"summary": given["summary"], "participants": given.get("participants", "")}
	adviser.insert({"doctype": CONSULTATION, "kind": "Advice", **about, **words})


def draft(story: Story, _given: dict):
	"""The organisation begins its proposal; one that was refused before begins with what it said then."""
	if earlier := story.data.get("again"):
		old = story.city.stories[earlier].proposal
		story.proposal = story.client.call("kyodo_frappe.proposals.proposals.propose_again", proposal=old)
		story.client.update(PROPOSAL, story.proposal, {"title": story.data["title"], **story.values()})
	else:
		story.proposal = cycle_steps.draft(
			story.client, story.city.programme, story.organisation_name, story.data["title"], **story.values(), **story.data.get("more", {})
		)


def comment(story: Story, given: dict):
	"""Ask the support centre to look at the draft, and talk about a part of it: {question, part, said: [[support or organisation, text]]}."""
	story.client.update(PROPOSAL, story.proposal, {"advice_access": "Comment", "advice_question": given["question"]})
	for who, text in given["said"]:
		client = story.support if who == "support" else story.client
		client.call("kyodo_frappe.proposals.comments.add", proposal=story.proposal, part=given["part"], comment=text)


def ask_partner(story: Story, given: dict):
	"""Ask another organisation to take part: {organisation, role}."""
	partner = story.city.organisations[given["organisation"]]
	story.client.call("kyodo_frappe.proposals.consents.ask_partner", proposal=story.proposal, organisation=partner, role=given["role"])


def submit(story: Story, _given: dict):
	"""Hand in."""
	cycle_steps.submit(story.client, story.proposal)


def receive(story: Story, _given: dict):
	"""The office receives."""
	cycle_steps.receive(story.officer, story.proposal)


def send_back(story: Story, given: dict):
	"""The office asks for corrections: {corrections: [[field, reason]]}."""
	rows = [{"field": field, "reason": reason} for field, reason in given["corrections"]]
	story.officer.update(PROPOSAL, story.proposal, {"corrections": rows})
	story.officer.act(PROPOSAL, story.proposal, "Return")


def correct(story: Story, given: dict):
	"""The organisation corrects and hands in again: {values}."""
	story.client.update(PROPOSAL, story.proposal, given["values"])
	cycle_steps.submit(story.client, story.proposal)


def consult(story: Story, _given: dict):
	"""The office begins the consultation with the section, which has yet to answer."""
	story.officer.act(PROPOSAL, story.proposal, "Start Consultation")


def talk(story: Story, given: dict):
	"""The four talk, and the section writes its opinion: {summary, opinion, participants}."""
	consult(story, given)
	words = {key: given[key] for key in ("summary", "opinion")}
	people = given.get("participants", "提案団体、担当課、市民協働課、市民活動支援センター")
	about = {"proposal": story.proposal, "section": story.data["section"], "held_on": nowdate()}
	story.section.insert({"doctype": CONSULTATION, "kind": "Section Talk", **about, **words, "participants": people})


def refer(story: Story, _given: dict):
	"""The office puts the proposal before the committee."""
	cycle_steps.refer(story.officer, story.proposal, story.data["section"])


def withdraw(story: Story, given: dict):
	"""The organisation withdraws: {reason}."""
	story.client.update(PROPOSAL, story.proposal, {"withdraw_reason": given["reason"]})
	story.client.act(PROPOSAL, story.proposal, "Withdraw")


# -- after the decision --------------------------------------------------------------


def decline(story: Story, given: dict):
	"""The organisation declines its adoption: {reason}."""
	story.client.update(PROPOSAL, story.proposal, {"decline_reason": given["reason"]})
	story.client.act(PROPOSAL, story.proposal, "Decline")


def move_up(story: Story, given: dict):
	"""The office moves a reserve up: {reason}."""
	story.officer.call("kyodo_frappe.proposals.reserve.move_up", proposal=story.proposal, grant="Whole Amount", reason=given["reason"])


def vote(story: Story, _given: dict):
	"""The council has voted the budget."""
	story.officer.call("kyodo_frappe.committee.budget_vote.record", proposals=[story.proposal], voted_on=str(getdate()), passed=1)


STORY_ACTS: dict[str, Callable[[Story, dict], None]] = {
	"advice": advise,
	"draft": draft,
	"comment": comment,
	"partner": ask_partner,
	"submit": submit,
	"receive": receive,
	"return": send_back,
	"correct": correct,
	"consult": consult,
	"talk": talk,
	"refer": refer,
	"withdraw": withdraw,
	"decline": decline,
	"move_up": move_up,
	"vote": vote,
}
ACTS = {**STORY_ACTS, **partnerships.ACTS}


def of_filler(city, number: int, idea: dict, place: str) -> dict:
	"""Return the data of a further, short story that fills a city of a greater size: an idea that was handed in."""
	organisations = [key for key in city.clients if city.is_registered(key)]
	title = idea["title"].replace("【町】", place)
	year = -(number % 3)
	sentence = idea["sentence"].replace("【町】", place)
	sheet = dict.fromkeys(cycle_steps.SHEET, sentence)
	return {
		"key": f"idea{number}",
		"title": title,
		"organisation": organisations[number % len(organisations)],
		"section": idea["section"],
		"call": f"idea{year}",
		"summary": sentence,
		"plain": idea["plain"],
		"sheet": sheet,
		"events": [
			{"when": when.format(year), "do": do, "reason": reason} for when, do, reason in FILLER_EVENTS[: 3 if year == 0 else None]
		],
	}
