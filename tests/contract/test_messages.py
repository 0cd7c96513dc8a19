"""messages/events.json hangs together: every event has words that its facts can fill, recipients, and code that sends it."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest
from trees import nodes

from kyodo_frappe.messages.events import all_events, describe, record_facts

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kyodo_frappe"
MODULE = PACKAGE / "kyodo_frappe" / "doctype"
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff].*[。]|お願い|お知らせ")
# modules that mails were written in, where no sentence for people stands any more
CONVERTED = (
	*("reminders.py", "messages/*.py", "*/reminders.py", "proposals/notifications.py", "proposals/advice.py"),
	*(f"partnership/{name}.py" for name in ("parties", "negotiation", "notes", "dissolution")),
	*(f"support/{name}.py" for name in ("staff", "matching", "dispatches")),
	*("organisations/change_notices.py", "accounts/invitations.py", "learning/event_mail.py", "committee/convening.py"),
)


def doctype(name: str) -> dict:
	folder = name.lower().replace(" ", "_")
	return json.loads((MODULE / folder / f"{folder}.json").read_text(encoding="utf-8"))


def fields(name: str) -> dict[str, dict]:
	return {field["fieldname"]: field for field in doctype(name)["fields"]}


@cache
def modules() -> list[Path]:
	return [path for path in PACKAGE.rglob("*.py") if not any(parent.is_symlink() for parent in path.parents)]


@cache
def sent() -> list[re.Pattern]:
	"""Every text in the code that could name an event; what is put together counts with anything in its gaps."""
	found = []
	for path in modules():
		if "patches" in path.parts:
			continue
		for node in nodes(path):
			if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in all_events():
				found.append(re.compile(re.escape(node.value)))
			elif isinstance(node, ast.JoinedStr):
				parts = [re.escape(p.value) if isinstance(p, ast.Constant) else "[A-Z][A-Za-z0-9 ]+" for p in node.values]
				if parts and re.match(r"(Proposal|Organisation|Change\\ Notice)\\ ", parts[0]):
					found.append(re.compile("".join(parts)))
	return found


@pytest.mark.parametrize("name", sorted(all_events()))
def test_an_event_is_sent_and_has_words_facts_and_recipients(name):
	event = all_events()[name]
	assert any(pattern.fullmatch(name) for pattern in sent()), "nobody sends it"
	assert event.subject.strip() and event.text.strip()
	assert all(describe(fact)["description"] for fact in event.facts)
	options = {field: fields("Kyodo Message")[field]["options"].split("\n") for field in ("recipients", "channel")}
	assert event.ways
	for way in event.ways:
		assert set(way) <= {"recipients", "channel", "days", "repeat_days"}, way
		assert all(way[field] in options[field] for field in options if field in way)
		assert not (event.required or event.private) or way.get("recipients", "Those Concerned") == "Those Concerned"
	assert "link" in re.findall(r"\w+", event.text) or not event.required or name == "Sign-Up With a Known Address"


def test_the_form_offers_every_event_and_no_other():
	assert fields("Kyodo Message")["event"]["options"].split("\n") == list(all_events())


@pytest.mark.parametrize("name", sorted({event.record for event in all_events().values() if event.record}))
def test_facts_of_a_record_are_fields_of_it(name):
	for where in record_facts(name).values():
		if where.startswith("/"):
			assert set(re.findall(r"\{(\w+)\}", where)) <= {"name", *fields(name)}, where
			continue
		*links, field = where.split(".")
		at = name
		for link in links:
			at = fields(at)[link]["options"]
		assert field in {"name", *fields(at)}, where


def test_facts_that_are_described_are_used():
	described = json.loads((PACKAGE / "messages" / "events.json").read_text(encoding="utf-8"))["facts"]
	assert set(described) == {fact for event in all_events().values() for fact in event.facts}


@pytest.mark.parametrize("pattern", CONVERTED)
def test_no_sentence_for_people_stands_in_the_code(pattern):
	wrong = []
	for path in PACKAGE.glob(pattern):
		docs = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
		for node in nodes(path):
			if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs and JAPANESE.search(node.value):
				wrong.append(f"{path.relative_to(CHECKOUT)}:{node.lineno} {node.value}")
	assert not wrong, wrong


def test_there_is_one_way_out():
	callers = [path for path in modules() for node in nodes(path) if isinstance(node, ast.Attribute) and node.attr == "sendmail"]
	assert [path.relative_to(PACKAGE).as_posix() for path in callers] == ["messages/delivery.py"]
