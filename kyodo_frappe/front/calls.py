"""Public pages of calls: the list, and a page for each call with its aims, amounts, form, calendar, and questions and answers.

All texts come from the declared rules and the rooms' public.py; where a programme is silent, nothing is shown.
"""

import datetime

import frappe
from frappe import _
from frappe.utils import add_days, getdate, nowdate

from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.common import vocabulary
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.programme import call_example, call_words, form
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme.payable import rate_words
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.programme.year import kind_of_call
from kyodo_frappe.proposals import enquiries, paper_forms, results, writing
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.numbers import read_number
from kyodo_frappe.web import charts, forms, metadata
from kyodo_frappe.web.listing import or_not_found, page_number, pages_of, query_programme, query_text
from kyodo_frappe.web.page import Page

ADDRESS = "/kyodo/calls"
# meetings that far after the last day are those of another call
LATEST_MEETING = 200
# a call is explained some weeks before it opens
EARLIEST_EVENT = 60
KINDS_OF_EVENT = ("Briefing", "Public Presentation")


def calls() -> dict:
	"""Open and coming calls, then those that have closed, page by page."""
	several = programme_public.programmes()
	asked = query_programme(several)
	page = page_number()
	past, count = programme_public.past_calls(asked, start=(page - 1) * programme_public.PAGE)
	current = programme_public.calls(asked)
	for row in (*current, *past):
		row.kind = kind_of_call(row.call_type)
	return {
		"title": _("Calls for proposals"),
		"whose": asked,
		"current": current if page == 1 else [],
		"past": past,
		"pages": pages_of(ADDRESS, page, count, programme=asked or ""),
		"sharing": metadata.about(feeds=metadata.subscriptions("calls")),
	}


def call(name: str) -> dict:
	"""A published call."""
	row = or_not_found(programme_public.call(name))
	row.kind = kind_of_call(row.call_type)
	record = frappe._dict(doctype="Kyodo Proposal", programme=row.programme, call=name, __islocal=1)
	rules, parts = rules_of(record), {part["kind"]: part for part in call_words.describe(name)}
	details = programme_public.programme_details(row.programme)
	return {
		"title": row.call_name,
		"whose": row.programme,
		"row": row,
		"notice": forms.current_notice(),
		"calendar": calendar(row),
		"money": _money(row),
		"parts_of_rules": parts,
		"requirements": details["requirements"],
		"subjects": [{**one, "title": vocabulary.word(vocabulary.ORGANISATION_TYPE, one["title"])} for one in details["subjects"]],
		"office": details["office"],
		"criteria": [
			{"question": one.question, "help_text": one.help_text, "points": call_words.points_of(one, rules)} for one in rules.criteria
		],
		"asked": _asked(record),
		"forms": _forms(rules),
		"attached": _attached(rules),
		"documents": programme_public.call_documents(name),
		"examples": proposal_public.adopted_examples(row),
		"questions": enquiries.published(name),
		"may_ask": enquiries.takes_questions(row),
		"sharing": metadata.about(
			row.description, things=[metadata.breadcrumbs((_("Calls"), ADDRESS), (row.call_name, f"{ADDRESS}/{name}"))]
		),
		"values": forms.refused_input(_form(name)),
		"form": _form(name),
	}


def _form(name: str) -> str:
	return f"call:{name}"


# -- what it pays ----------------------------------------------------------------------------------------


def _money(row: dict) -> dict:
	"""{years, examples, cost, problem}: what each year pays, and what that comes to for a cost (`?cost=` as people write it)."""
	typed = query_text("cost").strip()
	cost, problem = _read_cost(typed)
	years = call_example.years_of(row.name)
	for one in years:
		one.rate_words = rate_words(one.rate)
	limited = any(one.rate is not None or one.ceiling is not None for one in years)
	return {
		"years": years if len(years) > 1 else [],
		"first": years[0],
		"limited": limited,
		"examples": call_example.examples(row.name, cost),
		"cost": typed,
		"problem": problem,
	}


def _read_cost(typed: str) -> tuple[int | None, str]:
	"""(the cost in yen, None for none; what is wrong with it, "" for nothing)"""
	try:
		return read_number(typed, "Currency"), ""
	except RuleError as error:
		return None, _(error.source).format(*error.args_)


# -- what it asks ----------------------------------------------------------------------------------------


def _asked(record: dict) -> list[dict]:
	"""[{title, fields: [{label, help, required, max_length, columns, later}]}] of the form, by its steps in the portal."""
	titles, found = writing.step_titles(), {}
	for field in form.fields_of(record, form.PORTAL):
		one = {
			"label": field.label,
			"help": field.help,
			"required": field.required,
			"max_length": field.max_length,
			"columns": list(field.columns.values()) if field.is_table and not field.is_attachments else [],
			"later": field.asked_when == form.AFTER_TALK,
		}
		found.setdefault(field.step, []).append(one)
	return [{"title": title, "fields": found[step]} for step, title in titles.items() if step in found] + [
		{"title": "", "fields": rows} for step, rows in found.items() if step not in titles
	]


def _attached(rules) -> list[dict]:
	"""[{title, rows: [{document, required, help_text}]}] of the documents that a proposal needs, by when they are handed in."""
	titles = {
		"Proposal": _("Documents To Attach"),
		"After the Talk": _("Documents After the Section Talk"),
		"Report": _("Documents That Go With the Report"),
	}
	rows = rules.get("required_documents") or ()
	found = [{"title": title, "rows": [row for row in rows if row.used_for == used_for]} for used_for, title in titles.items()]
	return [group for group in found if group["rows"]]


def _forms(rules) -> list[dict]:
	"""[{title, format}] of the blank forms of the programme for this call."""
	heading = paper_forms.heading(rules, "Proposal")
	title = f"{heading.number}　{heading.title}".strip("　")
	excel = [{"title": title, "format": "xlsx"}] if paper_forms.has_excel_form(rules, "Proposal") else []
	return [{"title": title, "format": "pdf"}, *excel]


# -- its days --------------------------------------------------------------------------------------------


def calendar(row: dict) -> dict | None:
	"""{days: [{on, label, note, link, past, now_before}], picture} of a call; None where it has no days."""
	days = sorted(_days(row), key=lambda day: day.on)
	if not days:
		return None
	today = getdate(nowdate())
	for number, day in enumerate(days):
		day.past = day.on < today
		day.now_before = not day.past and (number == 0 or days[number - 1].past)
	found = charts.calendar([day.on for day in days], today)
	picture = {
		"marks": [{"x": x, "past": day.past} for x, day in zip(found.places, days, strict=True)],
		"open": _open_part(row, days, found),
		"now": found.now,
		"anchor": found.anchor,
		"today": today,
		"all_past": days[-1].past,
	}
	return {"days": days, "picture": picture}


def _open_part(row: dict, days: list[dict], found: charts.Calendar) -> dict | None:
	places = {day.kind: x for day, x in zip(days, found.places, strict=True) if day.kind}
	if not {"opens", "closes"} <= set(places):
		return None
	return {"x": places["opens"], "width": round(places["closes"] - places["opens"], 2)}


def _days(row: dict) -> list[dict]:
	opens, closes = (getdate(row[field]) if row[field] else None for field in ("opens_on", "closes_on"))
	begins = fiscal_year_range(row.fiscal_year + 1)[0] if row.for_next_year else None
	hour = _("(by {0})").format(row.closing_hour) if row.closing_hour else ""
	found = [
		_day(opens, _("The call opens"), kind="opens"),
		_day(closes, _("The call closes"), hour, kind="closes"),
		_day(row.enquiries_until and not row.no_enquiries and getdate(row.enquiries_until), _("Last day for questions"), link="#questions"),
		_day(row.documents_due_on and getdate(row.documents_due_on), _("Documents after the section talk are due")),
		*_event_days(row, opens, closes),
		*_meeting_days(row, closes, begins),
		_day(_decided_on(row), _("Results were decided"), link=f"/kyodo/results/{row.name}"),
		_day(begins, _("Projects begin")),
	]
	return [day for day in found if day]


def _day(on: datetime.date | None, label: str, note: str = "", link: str = "", kind: str = "") -> dict | None:
	return frappe._dict(on=on, label=label, note=note, link=link, kind=kind) if on else None


def _event_days(row: dict, opens: datetime.date | None, closes: datetime.date | None) -> list[dict]:
	if not (opens and closes):
		return []
	found = learning_public.events_between(row.programme, KINDS_OF_EVENT, add_days(opens, -EARLIEST_EVENT), closes)
	return [_day(getdate(one.held_on), one.event_name, one.begins_at or "", f"/kyodo/events/{one.name}") for one in found]


def _meeting_days(row: dict, closes: datetime.date | None, begins: datetime.date | None) -> list[dict]:
	if not closes:
		return []
	until = min(filter(None, (begins, add_days(closes, LATEST_MEETING))))
	found = meeting_public.deciding_meetings(row.programme, closes, until)
	word = lambda one: vocabulary.word(vocabulary.MEETING_TYPE, one.meeting_type)
	return [_day(getdate(one.meeting_date), f"{one.committee} {word(one)}", link=f"/kyodo/meetings/{one.name}") for one in found]


def _decided_on(row: dict) -> datetime.date | None:
	"""The last day on which a published result was decided."""
	day = results.decided_on(row.name) if row.results_published else None
	return getdate(day) if day else None


PAGES = (
	Page("calls", "front/calls", calls, menu="Calls"),
	Page("calls/<name>", "front/call", call),
)
