"""What a large meeting costs: on the session page sixty items and ten members against five items, its tally against one query by hand,
and closing it."""

import time
from itertools import count

LARGE, SMALL, MEMBERS = 60, 5, 10
FEW = 6  # items of the meeting that closing the large one is compared with
SIDES = ("Organisation", "City")


def measure(bench):
	"""Ratios of medians, and what closing costs per item; all of it is rolled back."""
	import frappe

	from kyodo_frappe.committee import session

	large, small = prepared(LARGE), prepared(SMALL)
	numbers, token = count(), {}
	times = bench.side_by_side(
		{
			"state_large": lambda: session.state(large),
			"state_small": lambda: session.state(small),
			"note_large": lambda: token.update(known=_note(session, large, next(numbers))),
			"poll_large": lambda: session.state(large, **token),
			"note_small": lambda: _note(session, small, next(numbers)),
		},
		rounds=15,
		warm_up=3,
	)
	closing = {items: closed(meeting, items) for meeting, items in ((large, LARGE), (prepared(FEW), FEW))}
	frappe.set_user("Administrator")
	tally = bench.side_by_side(tallied(large), rounds=15, warm_up=3)
	return {
		"closing_ms_per_item_60": closing[LARGE],
		"closing_per_item_60_to_6": round(closing[LARGE] / closing[FEW], 2),
		"tally_60_to_sql": _ratio(tally, "tally", "sql"),
		"state_60_to_5": _ratio(times, "state_large", "state_small"),
		"note_60_to_5": _ratio(times, "note_large", "note_small"),
		"poll_to_state_60": _ratio(times, "poll_large", "state_large"),
		"note_60_ms": times["note_large"]["median_ms"],
		"state_60_ms": times["state_large"]["median_ms"],
		"times": {**times, **tally},
	}


def prepared(items: int) -> str:
	"""A meeting with so many proposals, in session with all its members present; nothing of it is committed."""
	import frappe

	from kyodo_frappe.demo import cycle_steps, people
	from kyodo_frappe.demo.clients import LocalClient
	from kyodo_frappe.permissions import roles
	from kyodo_frappe.programme.presets import load_preset

	frappe.set_user("Administrator")
	programme = load_preset("kamakura")
	tag = "m" + frappe.generate_hash(length=6)
	office = LocalClient(people.make_user(f"{tag}-office", "事務局", [roles.OFFICER]))
	users = [people.make_user(f"{tag}-{number}", f"委員{number}", [roles.COMMITTEE]) for number in range(MEMBERS)]
	seats = [
		{"user": user, "member_name": f"委員{number}", "side": SIDES[number % 2], "steps": "Both"} for number, user in enumerate(users)
	]
	committee = people.make_committee(programme, f"{tag} 会議", seats)
	proposals = [_waiting(cycle_steps, office, programme, number) for number in range(items)]
	meeting = cycle_steps.plan_meeting(office, committee, "Step 1", [cycle_steps.proposal_item(name) for name in proposals])
	cycle_steps.convene(office, meeting)
	cycle_steps.open_session(office, meeting)
	frappe.set_user(office.user)
	return meeting


def tallied(meeting: str) -> dict:
	"""{"tally": adding up the marks of all items as the session page does, "sql": one query by hand for the same marks}"""
	import frappe

	from kyodo_frappe.committee import reviews

	proposals = [row.proposal for row in frappe.get_doc("Kyodo Meeting", meeting).agenda]
	sheets = frappe.get_all("Kyodo Review", {"meeting": meeting}, pluck="name", order_by="name")
	for number, name in enumerate(frappe.get_all("Kyodo Review Mark", {"parent": ["in", sheets]}, pluck="name", order_by="name")):
		frappe.db.set_value("Kyodo Review Mark", name, "mark", "○△×"[number % 3])
	frappe.db.set_value("Kyodo Review", {"name": ["in", sheets]}, {"submitted_on": frappe.utils.now(), "released": 1})
	marks = """select review.proposal, review.member, mark.criterion, mark.mark from `tabKyodo Review` review
		join `tabKyodo Review Mark` mark on mark.parent = review.name
		where review.proposal in %s and review.step = 'Step 1' and review.released = 1 and review.not_counted = 0
		order by review.proposal, review.name, mark.idx"""
	found = frappe.db.sql(marks, (proposals,))
	assert len(found) >= len(proposals) * MEMBERS, len(found)
	return {"tally": lambda: reviews.summaries(proposals, "Step 1"), "sql": lambda: frappe.db.sql(marks, (proposals,))}


def closed(meeting: str, items: int) -> float:
	"""Decide all items at once and close the meeting: ms per item, of the city's own proposals, which get no letters."""
	import frappe
	from frappe.model.workflow import apply_workflow

	from kyodo_frappe.committee import deliberation

	rows = [row.name for row in frappe.get_doc("Kyodo Meeting", meeting).agenda]
	deliberation.record_decisions(meeting, rows, "Passed to Step 2")
	begin = time.perf_counter()
	apply_workflow(frappe.get_doc("Kyodo Meeting", meeting), "Close Session")
	return round((time.perf_counter() - begin) * 1000 / items, 1)


def _waiting(cycle_steps, office, programme: str, number: int) -> str:
	"""A proposal that has come to step 1; how it came there is not what is measured."""
	import frappe

	with office:
		name = cycle_steps.draft(office, programme, None, f"提案{number}", origin="City", requested_amount=400000)
	frappe.db.set_value("Kyodo Proposal", name, "workflow_state", "Step 1")
	return name


def _note(session, meeting: str, number: int) -> str:
	import frappe

	row = frappe.db.get_value("Kyodo Agenda Item", {"parent": meeting, "idx": 1}, ["name", "notes"], as_dict=True)
	change = {"key": "k", "table": "agenda", "row": row.name, "field": "notes", "was": row.notes or ""}
	answer = session.note(meeting, [{**change, "value": f"発言{number}"}])
	assert answer["done"] == ["k"], answer
	return answer["token"]


def _ratio(times, one, other):
	return round(times[one]["median_ms"] / times[other]["median_ms"], 2)
