"""Tasks that are killed halfway: the function, where it is killed, and what must be true then and after it is run again."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import frappe

from kyodo_frappe.committee import closing
from kyodo_frappe.common import tasks
from kyodo_frappe.common.file_types import content_of
from kyodo_frappe.demo import cycle_steps

from .partnership import offered
from .proposals import receive
from .stage import (
	AGREEMENT,
	DECISION,
	LETTER,
	MEETING,
	ORGANISATION,
	PROJECT,
	PROPOSAL,
	Stage,
	count,
	rewind,
	wipe,
)

# does a deed in a process of its own, and halts after a function of ours has answered for the n-th time
HALTING = """
import importlib, json, sys, time
import frappe

site, sites, told = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
frappe.init(site, sites_path=sites)
frappe.connect()
frappe.set_user(told["user"])
module, _, name = told["at"].rpartition(".")
module = importlib.import_module(module)
for key, value in told["values"].items():
	setattr(module, key, value)
original, answered = getattr(module, name), []

def halting(*args, **more):
	found = original(*args, **more)
	answered.append(1)
	if len(answered) == told["times"]:
		print("half", flush=True)
		time.sleep(60)
	return found

setattr(module, name, halting)
frappe.get_attr(told["call"])(**told["args"])
frappe.db.commit()
"""


@dataclass
class Task:
	"""A task that is killed halfway. `untouched`: checks the records after that; `done`: after it is run again."""

	user: str
	args: dict
	untouched: Callable[[], None]
	done: Callable[[], None]


@dataclass(frozen=True)
class Deed:
	"""`call`: the function; the process is killed after the `times`-th return of `at`; `values`: set in its module."""

	name: str
	begin: Callable[[Stage], Task]
	call: str
	at: str
	times: int = 1
	values: dict = field(default_factory=dict, hash=False)


def _running_numbers(**filters) -> list[int]:
	rows = frappe.get_all(LETTER, filters, pluck="letter_number", order_by="name")
	return sorted(int(row.rpartition("第")[2].rstrip("号")) for row in rows)


def _closing(stage: Stage, later: bool = False) -> Task:
	town = stage.town
	proposals = [town.in_step_1() for _number in range(3)]
	meeting = town.in_session(*proposals)
	for proposal in proposals:
		cycle_steps.decide(town.officer, meeting, proposal, "Not Adopted", reasons=cycle_steps.REFUSAL)
	letters = {"proposal": ["in", proposals], "letter_type": "Not Adopted"}

	def untouched():
		assert town.state(MEETING, meeting) == "In Session"
		assert {town.state(PROPOSAL, name) for name in proposals} == {"Step 1"}
		assert count(DECISION, meeting=meeting, docstatus=0) == 3 and not count(LETTER, **letters)

	def done():
		assert town.state(MEETING, meeting) == "Closed"
		assert {town.state(PROPOSAL, name) for name in proposals} == {"Not Adopted"}
		if later:
			assert not count(LETTER, **letters)
			tasks.do(frappe.db.get_value(tasks.TASK, {"reference_name": meeting, "method": closing.WRITE_LETTERS}))
			frappe.db.commit()
		numbers = _running_numbers(**letters)
		assert numbers == list(range(numbers[0], numbers[0] + 3)), "no number is lost with what did not happen"

	doc = {"doctype": MEETING, "name": meeting}
	return Task(town.officer.user, {"doc": json.dumps(doc), "action": "Close Session"}, untouched, done)


def _closing_long(stage: Stage) -> Task:
	"""The letters come after the commit: all of them, or none yet."""
	return _closing(stage, later=True)


def _concluding(stage: Stage) -> Task:
	name = offered(stage)
	frappe.db.set_value(PROJECT, stage.planned, "form", None, update_modified=False)
	wipe("File", attached_to_doctype=AGREEMENT, attached_to_name=name)
	cycle_steps.confirm(stage.town.representative, name, "代表")

	def untouched():
		assert stage.town.state(AGREEMENT, name) == "Offered"
		assert count("Kyodo Agreement Confirmation", parent=name) == 1
		assert not count("File", attached_to_name=name)

	def done():
		assert stage.town.state(AGREEMENT, name) == "Concluded"
		assert count("Kyodo Agreement Confirmation", parent=name) == 2

	digest = frappe.db.get_value(AGREEMENT, name, "content_hash")
	return Task(stage.town.section_officer.user, {"agreement": name, "content_hash": digest, "position": "長"}, untouched, done)


def _issuing(stage: Stage) -> Task:
	earlier, name = stage.submitted
	for proposal in stage.submitted:
		rewind(PROPOSAL, proposal, workflow_state="Submitted", received_on=None)
		wipe(LETTER, proposal=proposal)
	cycle_steps.receive(stage.town.officer, earlier)

	def untouched():
		assert stage.town.state(PROPOSAL, name) == "Submitted" and not count(LETTER, proposal=name)

	def done():
		assert stage.town.state(PROPOSAL, name) == "Received"
		assert _running_numbers(proposal=name) == [_running_numbers(proposal=earlier)[0] + 1]

	doc = {"doctype": PROPOSAL, "name": name}
	return Task(stage.town.officer.user, {"doc": json.dumps(doc), "action": "Receive"}, untouched, done)


def _printing(stage: Stage) -> Task:
	receive(stage)
	cycle_steps.receive(stage.town.officer, stage.submitted[0])
	letter = frappe.db.get_value(LETTER, {"proposal": stage.submitted[0]})
	wipe("File", attached_to_name=letter)
	rewind(LETTER, letter, pdf=None)

	def untouched():
		assert not frappe.db.get_value(LETTER, letter, "pdf") and not count("File", attached_to_name=letter)

	def done():
		url = frappe.db.get_value(LETTER, letter, "pdf")
		assert frappe.get_all("File", {"attached_to_name": letter}, pluck="file_url", order_by="name") == [url]
		assert content_of(frappe.get_doc("File", {"file_url": url})).startswith(b"%PDF")

	return Task("Administrator", {"letter": letter}, untouched, done)


def _importing(stage: Stage) -> Task:
	names = [f"{stage.town.tag}第{number}の会" for number in range(5)]
	rows = "団体名,住所\n" + "".join(f"{name},鎌倉市御成町{number}番\n" for number, name in enumerate(names))
	with stage.town.officer:
		doc = frappe.get_doc({"doctype": "Kyodo Organisation Import", "programme": stage.town.programme}).insert()
		place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "is_private": 1}
		file = frappe.get_doc({"doctype": "File", "file_name": "一覧.csv", "content": rows.encode("utf-8-sig"), **place}).insert()
		doc.source_file = file.file_url
		doc.save()
	files = count("File", attached_to_name=doc.name)  # a form of the desk attaches what it names once more

	def there() -> list[str]:
		return sorted(frappe.get_all(ORGANISATION, {"organisation_name": ["in", names]}, pluck="organisation_name", order_by="name"))

	def untouched():
		assert there() == names[:2], there()  # whole batches, two rows each
		assert count("File", attached_to_name=doc.name) == files

	def done():
		assert there() == names, there()  # nothing is made twice
		assert frappe.db.get_value(doc.doctype, doc.name, ["status", "new_count", "unchanged_count"]) == ("Import Done", 3, 2)
		assert count("File", attached_to_name=doc.name) == files
		frappe.db.delete(ORGANISATION, {"organisation_name": ["in", names]})
		frappe.db.commit()

	return Task(stage.town.officer.user, {"name": doc.name, "dry": False}, untouched, done)


_IMPORT = "kyodo_frappe.organisations.import_list"
KILLED = (
	Deed("closing a meeting", _closing, "frappe.model.workflow.apply_workflow", "kyodo_frappe.letters.issue.issue_result", times=2),
	Deed(
		"closing a long meeting",
		_closing_long,
		"frappe.model.workflow.apply_workflow",
		"kyodo_frappe.committee.closing._carry_out",
		times=2,
		values={"LETTERS_AT_ONCE": 1},
	),
	Deed(
		"concluding an agreement",
		_concluding,
		"kyodo_frappe.partnership.agreements.confirm",
		"kyodo_frappe.partnership.agreements._update_plan",
	),
	Deed("issuing a letter", _issuing, "frappe.model.workflow.apply_workflow", "kyodo_frappe.letters.numbers.next_number"),
	Deed("keeping the PDF of a letter", _printing, "kyodo_frappe.letters.issue.keep_pdf", "kyodo_frappe.permissions.attachments.store_pdf"),
	Deed("importing organisations", _importing, f"{_IMPORT}.run", f"{_IMPORT}.insert_activities", times=2, values={"BATCH": 2}),
)
