"""The events that somebody is told of, as `events.json` declares them.

The file: `facts` {name: {description, example}}; `records` {DocType: {fact: where a record of it says that: a field,
`link field.field`, or an address with `{field}`}}; `frames` {name: lines around a text, which stands in place of `@`};
`events` {name: event}. An event:
  record      the DocType it is about; what `records` says of it are facts of the event, too
  facts       further facts, given by who sends it
  ways        the rows that a programme begins with (Kyodo Message without `event`); left out: one with all defaults
  before      reminders: days before the due date where a row names none and no rule of the programme does
  subject, text, frame
  required    it carries a key or answers a request: always mailed, to nobody else
  private     what it tells is for whom it concerns alone: nobody else gets it
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

CONCERNED = "Those Concerned"
MAIL, DESK, BOTH = "Mail", "Desk", "Both"
# of every message: who reads it, who writes it, where it leads
ALWAYS = ("name", "organisation_name", "municipality_name", "sender", "link")
# of every reminder
OF_REMINDERS = ("due_on", "days_left", "days_late", "late")


class Event(NamedTuple):
	name: str
	subject: str
	text: str
	facts: tuple[str, ...]
	record: str | None = None
	ways: tuple[dict, ...] = ({},)
	before: int | None = None
	required: bool = False
	private: bool = False

	@property
	def is_reminder(self) -> bool:
		return any("days" in way for way in self.ways)


@cache
def _file() -> dict:
	return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


@cache
def all_events() -> dict[str, Event]:
	return {name: _read(name, given) for name, given in _file()["events"].items()}


def event_of(name: str) -> Event:
	"""Raises KeyError for what is no event."""
	return all_events()[name]


def record_facts(doctype: str | None) -> dict[str, str]:
	"""{fact: where a record says it}"""
	return _file()["records"].get(doctype, {})


def describe(fact: str) -> dict:
	"""{description, example} of a fact"""
	return _file()["facts"][fact]


def _read(name: str, given: dict) -> Event:
	frame = _file()["frames"].get(given.get("frame"), ["@"])
	lines = [line for part in frame for line in (given["text"] if part == "@" else [part])]
	ways = tuple(given.get("ways", [{}]))
	reminder = OF_REMINDERS if any("days" in way for way in ways) else ()
	facts = (*ALWAYS, *record_facts(given.get("record")), *reminder, *given.get("facts", ()))
	kept = {key: given[key] for key in ("record", "before", "required", "private") if key in given}
	return Event(name, given["subject"], "\n".join(lines), tuple(dict.fromkeys(facts)), ways=ways, **kept)
