"""What everybody may read of running programmes and their calls, by explicit fields."""

import frappe
from frappe import _
from frappe.utils import getdate, now_datetime, nowdate

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import call_budget, call_words, city_words, deadlines
from kyodo_frappe.programme.calls import is_over
from kyodo_frappe.rules.deadlines import DeadlineRule, countdown
from kyodo_frappe.rules.era import fiscal_year


def programmes() -> list[dict]:
	"""[{name, programme_name, municipality_name, invitation}] of the running programmes, oldest first."""
	docs = (frappe.get_cached_doc("Kyodo Programme", name) for name in programme_visibility.running())
	fields = ("name", "programme_name", "municipality_name", "invitation")
	return [frappe._dict({field: doc.get(field) for field in fields}) for doc in docs]


def programme(name: str | None = None) -> dict | None:
	"""Return the running programme of this name, or the oldest: what it is and how to take part. None without one."""
	found = next((running for running in programme_visibility.running() if name in (None, running)), None)
	if not found:
		return None
	doc = frappe.get_cached_doc("Kyodo Programme", found)
	fields = (
		"name",
		"programme_name",
		"municipality_name",
		"municipality_code",
		"definition",
		"purpose",
		"how_to",
		"source",
		"entrance_name",
		"committee_name",
		"evaluation_scale",
		"signup_closed",
	)
	return frappe._dict({field: doc.get(field) for field in fields}, how_to=city_words.fill(doc.how_to, doc))


def programme_details(name: str) -> dict:
	"""Return what the front page shows of a programme: principles, criteria, forms, office, deadlines."""
	doc = frappe.get_cached_doc("Kyodo Programme", name)
	office = None
	if doc.office_section:
		office = frappe.db.get_value("Kyodo Section", doc.office_section, ["section_name", "phone", "email"], as_dict=True)
	return {
		"subjects": [{"title": row.organisation_type, "text": row.description} for row in doc.subjects if row.may_propose],
		"principles": [{"title": row.title, "text": row.description} for row in doc.principles],
		"effects": [{"title": row.title, "text": row.description} for row in doc.effects],
		"criteria": [
			{"question": row.question, "help_text": row.help_text, "points": call_words.points_of(row, doc)} for row in doc.criteria
		],
		"requirements": [{"title": row.requirement, "text": row.description} for row in doc.requirements],
		"forms": [{"title": row.form_name, "text": row.description} for row in doc.forms],
		"office": office,
		"deadlines": next_deadlines(name),
	}


def next_deadlines(name: str) -> list[dict]:
	"""[{label, due, remedy, days}] of the programme's yearly rules: the next day each falls due, in days from today.

	Calls have days of their own; where there are any, the rule for proposals says that it is for those without a call.
	"""
	today = getdate(nowdate())
	found = []
	programme = frappe.get_cached_doc("Kyodo Programme", name)
	for row in programme.deadline_rules:
		rule = deadlines.rule_of(name, row.code)
		if not rule.yearly or (row.code == deadlines.DOCUMENTS and not programme.documents_after_talk):
			continue
		days = (deadlines.due(name, row.code, year=fiscal_year(today) + ahead) for ahead in (-1, 0, 1, 2))
		due = next((day for day in days if day >= today), None)
		if due:
			found.append(frappe._dict(label=_label(name, rule), due=due, remedy=rule.remedy, days=countdown(due, today)["days"]))
	return sorted(found, key=lambda row: row.due)


def _label(programme: str, rule: DeadlineRule) -> str:
	"""The name of a deadline; that of proposals says where it is not for those to a call."""
	if rule.code == deadlines.BUDGET_PROPOSAL and _has_calls(programme):
		return _("{0} (proposals without a call)").format(rule.label)
	return rule.label


def _has_calls(programme: str) -> bool:
	"""Whether a published call of a programme closes today or later."""
	coming = {"programme": programme, "published": 1, "closes_on": [">=", nowdate()]}
	return bool(frappe.db.exists("Kyodo Call", coming))


def calls(programme: str | None = None) -> list[dict]:
	"""Return the published calls, of one programme or all, that are open or will open, the next to close first."""
	rows = frappe.get_all(
		"Kyodo Call",
		{"published": 1, **({"programme": programme} if programme else programme_visibility.without_drafts())},
		[
			*("name", "call_name", "programme", "call_type", "fiscal_year", "opens_on", "closes_on", "closing_hour", "section"),
			*("description", "ceiling", "rate", "frame", "years", "one_per_organisation"),
		],
		order_by="closes_on asc, name asc",
		limit=100,
	)
	today, now = getdate(nowdate()), now_datetime()
	for row in rows:
		row.closing_hour = row.closing_hour or frappe.get_cached_value("Kyodo Programme", row.programme, "closing_hour") or None
	current = [row for row in rows if not is_over(row, row.closing_hour, now)]
	left = call_budget.budgets([row.name for row in current])
	for row in current:
		row.open = not row.opens_on or getdate(row.opens_on) <= today
		row.left = left[row.name].left
	return sorted(current, key=lambda row: (not row.open, str(row.closes_on or "9999")))
