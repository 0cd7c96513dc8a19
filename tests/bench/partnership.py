"""What the equality report and the hub of a project cost: forty projects against four, and much talk against little."""

MANY, FEW = 40, 4
MUCH, LITTLE = 30, 2  # points, notes on one project


def measure(bench):
	"""Ratios of medians and of queries; all of it is rolled back."""
	import frappe

	from kyodo_frappe.evaluation.equality import equality
	from kyodo_frappe.partnership import project_pages

	frappe.set_user("Administrator")
	sections = {count: prepared(count) for count in (MANY, FEW)}
	talked = {count: talked_over(count) for count in (MUCH, LITTLE)}
	actions = {
		"equality_many": lambda: equality({"section": sections[MANY]}),
		"equality_few": lambda: equality({"section": sections[FEW]}),
		"hub_much": lambda: project_pages.project(talked[MUCH]),
		"hub_little": lambda: project_pages.project(talked[LITTLE]),
	}
	times = bench.side_by_side(actions, rounds=10, warm_up=2)
	asked = {name: bench.queries(action) for name, action in actions.items()}
	return {
		"equality_40_to_4": _ratio(times, "equality_many", "equality_few"),
		"equality_queries_40_to_4": round(asked["equality_many"] / asked["equality_few"], 2),
		"hub_30_to_2": _ratio(times, "hub_much", "hub_little"),
		"equality_40_ms": times["equality_many"]["median_ms"],
		"queries": asked,
		"times": times,
	}


def prepared(count: int) -> str:
	"""A section with so many projects, each with a note that waits; nothing of it is committed."""
	import frappe

	from kyodo_frappe.demo import people

	section = people.make_section(f"measured {frappe.generate_hash(length=6)}", [])
	for _number in range(count):
		_note(project(section))
	return section


def talked_over(count: int) -> str:
	"""A project with so many open points and notes."""
	import frappe

	name = project(None)
	for number in range(count):
		_raw("Kyodo Open Point", project=name, about="Other", subject=f"協議事項{number}", side="City", state="Open")
		_note(name)
	return frappe.db.get_value("Kyodo Project", name)


def project(section: str | None) -> str:
	from kyodo_frappe.programme.presets import load_preset

	values = {"project_name": "測定", "programme": load_preset("kamakura"), "origin": "Existing Service", "fiscal_year": 2026}
	return _raw("Kyodo Project", section=section, workflow_state="Running", **values)


def _note(name: str):
	_raw("Kyodo Progress Note", project=name, kind="Talk", note_date="2026-06-01", note="打合せ", side="City")


def _raw(doctype: str, **values) -> str:
	import frappe

	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.set_new_name()
	doc.db_insert()
	return doc.name


def _ratio(times, one, other):
	return round(times[one]["median_ms"] / times[other]["median_ms"], 2)
