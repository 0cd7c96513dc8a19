"""What everybody may read of running programmes and their calls, by explicit fields."""

import frappe
from frappe import _
from frappe.utils import getdate, now_datetime, nowdate

from kyodo_frappe.common.queries import PAGE, among, rows_of
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import call_budget, call_words, city_words, deadlines
from kyodo_frappe.programme.calls import is_over
from kyodo_frappe.rules.deadlines import DeadlineRule, countdown
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.workflows import tallies


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


CALL_FIELDS = (
	*("name", "call_name", "programme", "call_type", "fiscal_year", "opens_on", "closes_on", "closing_hour", "section"),
	*("description", "ceiling", "rate", "frame", "years", "one_per_organisation", "for_next_year", "places"),
	*("results_published", "documents_due_on", "no_enquiries", "enquiries_until", "published"),
	*("creation", "modified"),
)


def call_filters(**more) -> dict:
	"""Return the filters of published calls, open or over, extended by `more`."""
	return {"published": 1, **programme_visibility.without_drafts(), **more}


def published_calls(names: list[str]) -> list[dict]:
	"""[{name, call_name, programme, fiscal_year, opens_on, section, description}] of the published ones among these calls."""
	fields = ["name", "call_name", "programme", "fiscal_year", "opens_on", "section", "description"]
	return frappe.get_all("Kyodo Call", call_filters(name=among(names)), fields, order_by="name")


def calls(programme: str | None = None) -> list[dict]:
	"""Return the published calls, of one programme or all, that are open or will open, the next to close first."""
	rows = frappe.get_all(
		"Kyodo Call",
		_published_calls(programme),
		CALL_FIELDS,
		or_filters=[["closes_on", ">=", nowdate()], ["closes_on", "is", "not set"]],
		order_by="closes_on asc, name asc",
		limit=100,
	)
	current = [row for row in _with_days(rows) if not row.over]
	left = _lefts([row.name for row in current])
	for row in current:
		row.left = left[row.name]
	return sorted(current, key=lambda row: (not row.open, str(row.closes_on or "9999")))


def past_calls(programme: str | None = None, start: int = 0, limit: int = PAGE) -> tuple[list[dict], int]:
	"""Return (published calls that have closed, the latest first; how many there are in all)."""
	filters = {**_published_calls(programme), "closes_on": ["<=", nowdate()]}
	if running := [row.name for row in calls(programme)]:
		filters["name"] = ["not in", running]  # those that close today, at an hour that is still to come
	rows = frappe.get_all("Kyodo Call", filters, CALL_FIELDS, order_by="closes_on desc, name desc", start=start, limit=limit)
	return _with_days(rows), frappe.db.count("Kyodo Call", filters)


def call(name: str) -> dict | None:
	"""Return a published call with `open`, `over`, and what is `left` of its budget in yen; None where it is not public."""
	rows = _with_days(frappe.get_all("Kyodo Call", {**_published_calls(None), "name": name}, CALL_FIELDS, limit=1))
	if not rows:
		return None
	rows[0].left = _lefts([name])[name]
	return rows[0]


def _lefts(calls: list[str]) -> dict[str, int | None]:
	"""{call: yen left of its budget}, cached until one of its sources changes."""
	made_of = ("Kyodo Call", "Kyodo Proposal", "Kyodo Decision", "Kyodo Project", "Kyodo Programme")
	compute = lambda: {name: budget.left for name, budget in call_budget.budgets(calls).items()}
	return tallies.kept(f"left:{calls}", made_of, compute) if calls else {}


def call_documents(name: str) -> list[dict]:
	"""[{name, title, file, ending, size}] of the files that the office offers with a call. The caller has checked that it is public."""
	rows = rows_of("Kyodo Call Document", "Kyodo Call", name, ["name", "title", "file"])
	attached = {"attached_to_doctype": "Kyodo Call", "attached_to_name": name, "file_url": among([row.file for row in rows])}
	sizes = dict(frappe.get_all("File", attached, ["file_url", "file_size"], as_list=True, order_by="creation"))
	for row in rows:
		row.size, row.ending = sizes.get(row.file), str(row.file).rpartition(".")[2].upper()
	return [row for row in rows if row.file in sizes]


def _published_calls(programme: str | None) -> dict:
	return call_filters(**({"programme": programme} if programme else {}))


def _with_days(rows: list[dict]) -> list[dict]:
	"""Set the hour at which calls close, and whether they are open or over."""
	today, now = getdate(nowdate()), now_datetime()
	for row in rows:
		row.closing_hour = row.closing_hour or frappe.get_cached_value("Kyodo Programme", row.programme, "closing_hour") or None
		row.over = is_over(row, row.closing_hour, now)
		row.open = not row.over and (not row.opens_on or getdate(row.opens_on) <= today)
	return rows
