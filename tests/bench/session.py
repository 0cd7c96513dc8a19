"""What a large meeting costs on the session page: sixty items and ten members against five items, in one run."""

from itertools import count

LARGE, SMALL, MEMBERS = 60, 5, 10
SIDES = ("Organisation", "City")


def measure(bench):
	"""Ratios of medians, and the time of closing per item; all of it is rolled back."""
	import frappe
	from kyodo_frappe.services import session

	large, small = prepared(LARGE), prepared(SMALL)
	numbers = count()
	times = bench.side_by_side(
		{
			"state_large": lambda: session.state(large),
			"state_small": lambda: session.state(small),
			"poll_large": lambda: session.state(large, known=session.state(large)["token"]),
			"note_large": lambda: _note(session, large, next(numbers)),
			"note_small": lambda: _note(session, small, next(numbers)),
		},
		rounds=15,
		warm_up=3,
	)
	frappe.set_user("Administrator")
	return {
		"state_60_to_5": _ratio(times, "state_large", "state_small"),
		"note_60_to_5": _ratio(times, "note_large", "note_small"),
		"note_60_ms": times["note_large"]["median_ms"],
		"state_60_ms": times["state_large"]["median_ms"],
		"times": times,
	}


def prepared(items: int, open_session: bool = True) -> str:
	"""A meeting with so many proposals, in session with all its members present; nothing of it is committed."""
	import frappe
	from kyodo_frappe.demo import people, walk
	from kyodo_frappe.demo.doors import LocalDoor
	from kyodo_frappe.permissions import roles
	from kyodo_frappe.services.presets import load_preset

	frappe.set_user("Administrator")
	programme = load_preset("kamakura")
	tag = "m" + frappe.generate_hash(length=6)
	office = LocalDoor(people.make_user(f"{tag}-office", "事務局", [roles.OFFICER]))
	users = [people.make_user(f"{tag}-{number}", f"委員{number}", [roles.COMMITTEE]) for number in range(MEMBERS)]
	seats = [
		{"user": user, "member_name": f"委員{number}", "side": SIDES[number % 2], "steps": "Both"}
		for number, user in enumerate(users)
	]
	committee = people.make_committee(programme, f"{tag} 会議", seats)
	proposals = [_waiting(walk, office, programme, number) for number in range(items)]
	meeting = walk.plan_meeting(office, committee, "Step 1", [walk.proposal_item(name) for name in proposals])
	walk.convene(office, meeting)
	if open_session:
		walk.open_session(office, meeting)
	frappe.set_user(office.user)
	return meeting


def _waiting(walk, office, programme: str, number: int) -> str:
	"""A proposal that has come to step 1; how it came there is not what is measured."""
	import frappe

	with office:
		name = walk.draft(office, programme, None, f"提案{number}", origin="City", requested_amount=400000)
	frappe.db.set_value("Kyodo Proposal", name, "workflow_state", "Step 1")
	return name


def _note(session, meeting: str, number: int):
	import frappe

	row = frappe.db.get_value("Kyodo Agenda Item", {"parent": meeting, "idx": 1}, ["name", "notes"], as_dict=True)
	change = {"key": "k", "table": "agenda", "row": row.name, "field": "notes", "was": row.notes or ""}
	answer = session.note(meeting, [{**change, "value": f"発言{number}"}])
	assert answer["done"] == ["k"], answer


def _ratio(times, one, other):
	return round(times[one]["median_ms"] / times[other]["median_ms"], 2)
