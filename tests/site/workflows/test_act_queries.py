"""What acts ask of the database: numbers that hold for any number of records (issue 18)."""

from contextlib import contextmanager

import frappe
from frappe.model.workflow import apply_workflow
from portal_client import send

from kyodo_frappe.committee import closing, reviews
from kyodo_frappe.demo import cycle_steps

# of an item of a meeting that is closed; 75 before issue 18, and 20 more for its letter, which a long meeting leaves for later
PER_ITEM, LETTER, MAIL = 9, 20, 2
ADOPTION = 24  # more for an adopted one, of which the name and the eleven rows of the plan of its project are fourteen
HAND_IN, ON_PORTAL = 54, 47  # of which Frappe of August 2023 asks 42 and 35; the latter with all that the form does before it


@contextmanager
def asked():
	"""The queries of a block."""
	before, found = frappe.db.sql, []
	frappe.db.sql = lambda *args, **kwargs: (found.append(str(args[0])[:200]), before(*args, **kwargs))[1]
	try:
		yield found
	finally:
		frappe.db.sql = before


def ready_to_close(town, items: int, result: str, organisation: str | None) -> str:
	"""A meeting in session with a decision recorded on each of its items."""
	step = "Step 1" if result == "Passed to Step 2" else "Step 2"
	names = [town.in_step_1() if organisation else from_city(town, number) for number in range(items)]
	frappe.db.set_value("Kyodo Proposal", {"name": ["in", names]}, {"workflow_state": step, "section": town.section, "needs_budget": 0})
	meeting = town.in_session(*names, step=step)
	for name in names:
		cycle_steps.decide(town.officer, meeting, name, result)
	return meeting


def from_city(town, number: int) -> str:
	return cycle_steps.draft(town.officer, town.programme, None, f"提案{number}", origin="City", requested_amount=400000)


def per_item(town, few: int, many: int, result: str = "Passed to Step 2", organisation: str | None = None) -> float:
	"""What one more item of a meeting asks when it is closed."""
	found = {}
	for items in (few, few, many):  # the first one fills the caches
		meeting = ready_to_close(town, items, result, organisation)
		with asked() as found[items]:
			town.officer.act("Kyodo Meeting", meeting, "Close Session")
		assert frappe.db.count("Kyodo Decision", {"meeting": meeting, "docstatus": 1}) == items
	return (len(found[many]) - len(found[few])) / (many - few)


def test_an_item_costs_few_queries(town, monkeypatch):
	assert per_item(town, 2, 6) <= PER_ITEM
	assert per_item(town, 1, 3, organisation=town.organisation) <= PER_ITEM + MAIL + LETTER
	monkeypatch.setattr(closing, "LETTERS_AT_ONCE", 0)
	assert per_item(town, 1, 3, organisation=town.organisation) <= PER_ITEM + MAIL


def test_an_adoption_costs_few_queries(town):
	adopted = per_item(town, 1, 3, "Adopted")
	assert frappe.db.count("Kyodo Project", {"programme": town.programme, "origin": "City Plan"}) >= 5
	assert adopted <= PER_ITEM + ADOPTION


def test_handing_in_costs_few_queries(town):
	found = {}
	for way in ("desk", "portal") * 2:  # the first ones fill the caches
		draft = town.draft(needs_budget=1, requested_amount=400000)
		town.representative.update("Kyodo Proposal", draft, {"acknowledged_on": frappe.utils.now()})
		with town.representative:
			doc = frappe.get_doc("Kyodo Proposal", draft)
			with asked() as found[way]:
				if way == "desk":
					apply_workflow(doc, "Submit")
				else:
					send(town.representative.user, "proposals.actions.submit_proposal", name=draft)
		assert town.state("Kyodo Proposal", draft) == "Submitted"
	assert len(found["desk"]) <= HAND_IN and len(found["portal"]) <= ON_PORTAL, {way: len(queries) for way, queries in found.items()}


def test_a_tally_is_the_same_queries_for_any_number_of_items(town):
	names = [town.in_step_1() for _item in range(3)]
	town.in_session(*names)
	sheets = frappe.get_all("Kyodo Review", {"proposal": ["in", names]}, pluck="name", order_by="name")
	frappe.db.set_value("Kyodo Review Mark", {"parent": ["in", sheets]}, "mark", "○")
	frappe.db.set_value("Kyodo Review", {"name": ["in", sheets]}, {"submitted_on": frappe.utils.now(), "released": 1})
	with asked() as found:
		counted = reviews.summaries(names, "Step 1")
	assert len(found) <= 3, found
	assert {summary.average for summary, _passed in counted.values()} == {100}
