"""Closing a long meeting: what it asks of the database for each item, and the letters that come after the commit."""

from contextlib import contextmanager

import frappe

from kyodo_frappe.demo import walk

PER_ITEM = 26  # with its letter's place in the queue; 96 before issue 18


@contextmanager
def asked():
	"""The queries of a block."""
	before, found = frappe.db.sql, []
	frappe.db.sql = lambda *args, **kwargs: (found.append(str(args[0])[:200]), before(*args, **kwargs))[1]
	try:
		yield found
	finally:
		frappe.db.sql = before


def ready_to_close(town, items: int, organisation: str | None = None, result: str = "Passed to Step 2") -> str:
	"""A meeting in session with a decision recorded on each of its items."""
	origin = {"origin": "Organisation" if organisation else "City", "requested_amount": 400000}
	names = [walk.draft(town.officer, town.programme, organisation, f"提案{number}", **origin) for number in range(items)]
	for name in names:
		frappe.db.set_value("Kyodo Proposal", name, {"workflow_state": "Step 1", "section": town.section})
	meeting = town.in_session(*names)
	for name in names:
		more = {"reasons": walk.REFUSAL} if result == "Not Adopted" else {}
		walk.decide(town.officer, meeting, name, result, **more)
	return meeting


def test_an_item_costs_few_queries(town):
	found = {}
	for items in (2, 2, 6):  # the first one fills the caches
		meeting = ready_to_close(town, items)
		with asked() as found[items]:
			town.officer.act("Kyodo Meeting", meeting, "Close Session")
		assert frappe.db.count("Kyodo Decision", {"meeting": meeting, "docstatus": 1}) == items
	per_item = (len(found[6]) - len(found[2])) / 4
	assert per_item <= PER_ITEM, [query for query in found[6] if query not in found[2]]
