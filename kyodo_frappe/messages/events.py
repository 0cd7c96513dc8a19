"""The events that users are notified of, declared in `events.json`.

The file: `facts` {name: {description, example}}; `records` {DocType: {fact: its source: a field, `link field.field`, or an
address with `{field}`}}; `frames` {name: lines around a text, in which `@` marks the text}; `events` {name: event}. An event:
  record      its DocType, whose facts in `records` are facts of the event
  facts       further facts, passed to `send`
  ways        rows that a new programme begins with (Kyodo Message without `event`); by default one with default values
  before      for reminders: days before the due date if neither the row nor a rule of the programme gives them
  subject, text, frame
  required    it carries a key or answers a request: always mailed, and only to the person concerned
  private     its content is confidential: sent only to the persons concerned
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

CONCERNED = "Those Concerned"
MAIL, DESK, BOTH = "Mail", "Desk", "Both"
# facts of every message
ALWAYS = ("name", "organisation_name", "municipality_name", "sender", "link")
# facts of every reminder
OF_REMINDERS = ("due_on", "days_left", "days_late", "late")


class Event(NamedTuple):
	"""An event of `events.json`; `facts`: all facts that its template may use."""

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
		"""Whether the event is sent by days before or after a due date."""
		return any("days" in way for way in self.ways)


@cache
def _file() -> dict:
	return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


@cache
def all_events() -> dict[str, Event]:
	"""Return {name: event}."""
	return {name: _read(name, given) for name, given in _file()["events"].items()}


def event_of(name: str) -> Event:
	"""Return an event. Raises KeyError for an unknown one."""
	return all_events()[name]


def record_facts(doctype: str | None) -> dict[str, str]:
	"""Return {fact: its source in a record of the DocType}."""
	return _file()["records"].get(doctype, {})


def describe(fact: str) -> dict:
	"""Return {description, example} of a fact."""
	return _file()["facts"][fact]


def _read(name: str, given: dict) -> Event:
	frame = _file()["frames"].get(given.get("frame"), ["@"])
	lines = [line for part in frame for line in (given["text"] if part == "@" else [part])]
	ways = tuple(given.get("ways", [{}]))
	reminder = OF_REMINDERS if any("days" in way for way in ways) else ()
	facts = (*ALWAYS, *record_facts(given.get("record")), *reminder, *given.get("facts", ()))
	kept = {key: given[key] for key in ("record", "before", "required", "private") if key in given}
	return Event(name, given["subject"], "\n".join(lines), tuple(dict.fromkeys(facts)), ways=ways, **kept)
