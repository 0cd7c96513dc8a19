"""Pages of the support centre: the public one, and those of the people who work there (Kyodo Support Staff, the office)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.permissions.roles import SUPPORT
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support import dispatches, introductions, matching, portal_fields, surveys
from kyodo_frappe.support import figures as figures_of
from kyodo_frappe.support import public as centre_public
from kyodo_frappe.support import staff as centre
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, task, titles_of
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.web.words import day, year
from kyodo_frappe.workflows.states import WRITING, drafts, states

CASE, NEED, MATCH, PERSON = support_cases.CASE, matching.NEED, matching.MATCH, dispatches.PERSON
DISPATCH, SURVEY, ORGANISATION = dispatches.DISPATCH, surveys.SURVEY, "Kyodo Organisation"
NEW = "new"
MOST_CHOICES = 2000
CASE_FIELDS = ["name", "subject", "topic", "channel", "state", "small_group", "organisation"]
CASE_FIELDS += ["client_name", "received_on", "next_on"]
CASE_SHOWN = ("name", "modified", "state", "asked_by", "channel", "answered_on", "closed_on", "organisation", "client_contact")
SURVEY_SHOWN = ("name", "modified", "state", "asked_count", "answered_count", "asked_of", "closes_on", "publish_totals")


# -- for everybody ------------------------------------------------------------------------------


def support() -> dict:
	"""What the centre does, what is sought and offered, whom it can send."""
	asked = {key: _chosen(key, values) for key, values in _need_choices().items()}
	field = _asked("field") if _asked("field") in dict(organisation_public.activity_fields()) else ""
	shown = centre_public.centre()
	return {
		"title": shown.name,
		"functions": shown.functions,
		"events": centre_public.events(),
		"needs": centre_public.needs(asked["kind"], asked["what"], field),
		"people": centre_public.people(field),
		"surveys": centre_public.published_surveys(),
		"asked": {**asked, "field": field},
		"filtered": bool(field or any(asked.values())),
		"kinds": forms.choices(NEED, "kind"),
		"whats": forms.choices(NEED, "what"),
		"fields": organisation_public.activity_fields(),
	}


def public_need(name: str) -> dict:
	row = centre_public.need(name)
	if row is None:
		raise frappe.PageDoesNotExistError
	return {"title": row.title, "row": row, "centre_name": centre_public.centre().name}


def public_survey(name: str) -> dict:
	row = centre_public.survey(name)
	if row is None:
		raise frappe.PageDoesNotExistError
	return {
		"title": row.title,
		"row": row,
		"words": figures_of.statistic_words(),
		"fewest": surveys.rules.FEWEST,
		"centre_name": centre_public.centre().name,
	}


def _need_choices() -> dict[str, list]:
	return {key: [value for value, _label in forms.choices(NEED, key)] for key in ("kind", "what")}


# -- what waits ---------------------------------------------------------------------------------


def overview() -> dict:
	"""What waits for the centre, all parts on one page."""
	_staff_only()
	today = nowdate()
	return {
		"title": centre_public.centre().name,
		"open_cases": _cases({"state": "Open"}),
		"follow_ups": _follow_ups(today),
		"advice": advice_asked() if SUPPORT in frappe.get_roles() else [],
		"to_publish": _needs({"wants_publishing": 1, "state": ["in", matching.LIVE]}),
		"introductions": _introductions({"state": ["in", (introductions.INTRODUCED, introductions.TALKING)]}),
		"dispatches": _dispatches({"state": dispatches.ASKED}),
		"coming": _dispatches({"state": dispatches.WILL_COME}),
		"surveys": _surveys({"state": surveys.OPEN}),
		"is_support": SUPPORT in frappe.get_roles(),
		"today": today,
	}


def advice_asked() -> list[dict]:
	"""Drafts that the support centre has been asked to help with."""
	rows = frappe.get_list(
		"Kyodo Proposal",
		{"advice_access": ["is", "set"], "workflow_state": ["in", states("Kyodo Proposal", WRITING)]},
		["name", "title", "advice_question"],
		order_by="advice_asked_on asc",
		limit=MOST,
	)
	return [task(_("Help asked with a draft"), row.title, f"/kyodo/my/proposals/{row.name}", row.advice_question) for row in rows]


def tasks() -> list[dict]:
	"""What waits for staff, for their own page."""
	found = [
		task(_("Question to the support centre"), row.subject, f"/kyodo/my/centre/cases/{row.name}") for row in _cases({"state": "Open"})
	]
	return found + [
		task(_("Case to follow up"), row.subject, f"/kyodo/my/centre/cases/{row.name}", due=row.next_on) for row in _follow_ups(nowdate())
	]


# -- cases ----------------------------------------------------------------------------------------


def cases() -> dict:
	_staff_only()
	state = _chosen("state", [value for value, _label in forms.choices(CASE, "state")])
	topic = _chosen("topic", [value for value, _label in forms.choices(CASE, "topic")])
	follow = bool(_asked("follow"))
	filters = {key: value for key, value in (("state", state), ("topic", topic)) if value}
	if follow:
		filters |= {"next_on": ["is", "set"], "state": ["!=", "Closed"]}
	return {
		"title": _("Support Cases"),
		"rows": _cases(filters, "next_on asc" if follow else "received_on desc, creation desc", MOST * 4),
		"asked": {"state": state, "topic": topic, "follow": follow},
		"states": forms.choices(CASE, "state"),
		"topics": forms.choices(CASE, "topic"),
		"today": nowdate(),
	}


def case(name: str) -> dict:
	_staff_only()
	doc = _form(CASE, name, programme=centre.programme_of(), received_on=nowdate())
	typed = forms.refused_input(f"case:{name}")
	need = doc.about_need and frappe.db.get_value(NEED, doc.about_need, ["name", "title"], as_dict=True)
	return {
		"title": doc.subject or _("Record a visit or a call"),
		"doc": pick(doc, *CASE_SHOWN),
		"new": name == NEW,
		"values": forms.view(doc, portal_fields.CASE, portal_fields.CASE_TABLES, typed),
		"choices": {key: forms.choices(CASE, key) for key in ("topic", "channel")},
		"organisations": organisation_choices(doc.organisation),
		"asker": doc.asked_by and frappe.utils.get_fullname(doc.asked_by),
		"need": need,
		"may_invite": not doc.organisation and name != NEW,
		"email": typed.get("email") or (doc.client_contact if "@" in (doc.client_contact or "") else ""),
	}


# -- needs ----------------------------------------------------------------------------------------


def needs() -> dict:
	_staff_only()
	states = [value for value, _label in forms.choices(NEED, "state")]
	asked = {key: _chosen(key, values) for key, values in _need_choices().items()} | {"state": _chosen("state", states)}
	return {
		"title": _("Needs and Offers"),
		"rows": _needs({key: value for key, value in asked.items() if value}, MOST * 4),
		"asked": asked,
		"states": forms.choices(NEED, "state"),
		"kinds": forms.choices(NEED, "kind"),
		"whats": forms.choices(NEED, "what"),
	}


def need(name: str) -> dict:
	_staff_only()
	doc = _form(NEED, name, programme=centre.programme_of())
	live = name != NEW and doc.state in matching.LIVE
	return {
		"title": doc.title or _("Record a need or an offer"),
		"doc": pick(doc, "name", "modified", "state", "kind", "outcome", "published", "wants_publishing"),
		"new": name == NEW,
		"live": live or name == NEW,
		**need_form(doc, portal_fields.NEED, f"need:{name}"),
		"parties": forms.choices(NEED, "party"),
		"organisations": organisation_choices(doc.organisation),
		"sections": [("", "－"), *_sections()],
		"found": matching.candidates(name) if live else None,
		"introductions": _introductions({"need": name}) + _introductions({"other_need": name}) if name != NEW else [],
	}


def need_form(doc: Document, names: tuple[str, ...], form: str) -> dict:
	"""What the form of a need shows, for staff and for its organisation."""
	typed = forms.refused_input(form)
	return {
		"values": forms.view(doc, names, {}, typed),
		"whats": forms.choices(NEED, "what"),
		"kinds": forms.choices(NEED, "kind"),
		**profile(doc, typed),
	}


def profile(doc: Document, typed: dict) -> dict:
	"""Fields of activity and skills as a form shows them."""
	chosen = {row.activity_field for row in doc.activity_fields}
	if typed:
		chosen = {key.removeprefix("activity-") for key in typed if key.startswith("activity-")}
	return {
		"activity_fields": organisation_public.activity_fields(),
		"chosen": chosen,
		"skills": typed.get("skill_lines", "\n".join(row.skill for row in doc.skills)),
	}


# -- people -----------------------------------------------------------------------------------------


def people() -> dict:
	_staff_only()
	field = _asked("field")
	can_be = _chosen("can_be", [value for value, _label in forms.choices(PERSON, "can_be")])
	rows = dispatches.find(_asked("q"), field, can_be, active=not _asked("all"))
	labels = dict(organisation_public.activity_fields())
	for row in rows:
		row.labels = [labels.get(code, code) for code in row.fields]
		row.theme_list = matching.lines_of(row.themes)
	return {
		"title": _("People to Send"),
		"rows": rows,
		"asked": {"q": _asked("q"), "field": field, "can_be": can_be, "all": bool(_asked("all"))},
		"fields": organisation_public.activity_fields(),
		"kinds": forms.choices(PERSON, "can_be"),
		"coming": _dispatches({"state": ["in", (dispatches.ASKED, dispatches.WILL_COME)]}),
	}


def person(name: str) -> dict:
	_staff_only()
	doc = _form(PERSON, name, programme=centre.programme_of())
	typed = forms.refused_input(f"person:{name}")
	asked = forms.refused_input(f"dispatch:{name}")
	blank = frappe.new_doc(DISPATCH, purpose=doc.can_be)
	return {
		"title": doc.person_name or _("Record a person"),
		"doc": pick(doc, "name", "modified", "active"),
		"new": name == NEW,
		"values": forms.view(doc, portal_fields.PERSON, {}, typed),
		"kinds": forms.choices(PERSON, "can_be"),
		**profile(doc, typed),
		"dispatch": forms.view(blank, portal_fields.DISPATCH, {}, asked),
		"asking": bool(asked),
		"purposes": forms.choices(DISPATCH, "purpose"),
		"events": _coming_events(),
		"committees": [("", "－"), *_committees()],
		"organisations": organisation_choices(None),
		"rows": _dispatches({"person": name}, MOST * 2) if name != NEW else [],
	}


def _coming_events() -> list[tuple[str, str]]:
	rows = frappe.get_list(
		"Kyodo Event",
		{"held_on": [">=", nowdate()], "state": ["in", ("Planned", "Announced")]},
		["name", "event_name", "held_on"],
		order_by="held_on asc",
		limit=MOST,
	)
	return [("", "－"), *((row.name, f"{row.event_name}（{day(row.held_on)}）") for row in rows)]


def _committees() -> list[tuple[str, str]]:
	# staff of the centre have no right to committees; to which one they send somebody they have to be able to say
	filters = {"disabled": 0}
	return frappe.get_all("Kyodo Committee", filters, ["name", "committee_name"], as_list=True, order_by="committee_name asc")


# -- surveys ------------------------------------------------------------------------------------------


def survey_list() -> dict:
	_staff_only()
	return {"title": _("Surveys"), "rows": _surveys({}, MOST * 2)}


def survey(name: str) -> dict:
	_staff_only()
	today = getdate()
	doc = _form(SURVEY, name, programme=centre.programme_of(), fiscal_year=fiscal_year(today), opens_on=nowdate())
	draft = name == NEW or doc.state == surveys.DRAFT
	answered = name != NEW and not draft
	return {
		"title": doc.title or _("Make a survey"),
		"doc": pick(doc, *SURVEY_SHOWN),
		"new": name == NEW,
		"draft": draft,
		"values": forms.view(doc, portal_fields.SURVEY, portal_fields.SURVEY_TABLES, forms.refused_input(f"survey:{name}")),
		"kinds": forms.choices("Kyodo Survey Question", "kind"),
		"types": [pair for pair in forms.choices(ORGANISATION, "organisation_type") if pair[0]],
		"activity_fields": organisation_public.activity_fields(),
		"rates": surveys.rates(name) if answered else [],
		"totals": surveys.totals(name) if answered else [],
		"words": figures_of.statistic_words(),
		"waiting": _not_answered(name) if answered and doc.state == surveys.OPEN else [],
	}


def _not_answered(survey: str) -> list[dict]:
	return frappe.get_list(
		surveys.RESPONSE,
		{"survey": survey, "state": ["!=", surveys.ANSWERED]},
		["organisation_name", "state", "reminded_on"],
		order_by="organisation_name asc",
		limit=MOST_CHOICES,
	)


# -- figures --------------------------------------------------------------------------------------------


def figures() -> dict:
	_staff_only()
	this_year = fiscal_year(getdate())
	asked = cint(_asked("year")) or this_year
	asked = min(max(asked, this_year - 20), this_year + 1)
	return {
		"title": _("Figures of the year"),
		"asked": asked,
		"years": [(value, year(value)) for value in range(this_year, this_year - 10, -1)],
		"figures": figures_of.year(asked),
	}


# -- pieces -----------------------------------------------------------------------------------------------


def _staff_only():
	"""Pages of the centre are not there for anybody else."""
	if not centre.works_there():
		raise frappe.PageDoesNotExistError


def _form(doctype: str, name: str, **values) -> Document:
	return frappe.new_doc(doctype, **values) if name == NEW else page_record(doctype, name)


def _asked(key: str) -> str:
	return str(frappe.form_dict.get(key) or "")[:140]


def _chosen(key: str, values: list[str]) -> str:
	return _asked(key) if _asked(key) in values else ""


def organisation_choices(chosen: str | None) -> list[tuple[str, str]]:
	"""[("", －), (name, title)] of the organisations that the login may read."""
	rows = frappe.get_list(
		ORGANISATION,
		{"workflow_state": ["not in", [*drafts(ORGANISATION), "Withdrawn"]]},
		["name", "organisation_name"],
		order_by="organisation_kana asc, organisation_name asc",
		limit=MOST_CHOICES,
	)
	found = [(row.name, row.organisation_name) for row in rows]
	if chosen and chosen not in dict(found):
		found.append((chosen, frappe.db.get_value(ORGANISATION, chosen, "organisation_name")))
	return [("", "－"), *found]


def _sections() -> list[tuple[str, str]]:
	# staff of the centre have no right to sections; whose need it is they have to be able to say
	return frappe.get_all("Kyodo Section", fields=["name", "section_name"], as_list=True, order_by="section_name asc")


def _cases(filters: dict, order: str = "received_on asc, creation asc", limit: int = MOST) -> list[dict]:
	rows = frappe.get_list(CASE, filters, CASE_FIELDS, order_by=order, limit=limit)
	names = titles_of(ORGANISATION, "organisation_name", [row.organisation for row in rows])
	for row in rows:
		row.whose = names.get(row.organisation) or row.client_name or _("Without a name")
	return rows


def _follow_ups(today: str) -> list[dict]:
	# not "<=": Frappe takes an empty day for an early one
	return _cases({"next_on": ["between", ("2000-01-01", today)], "state": ["!=", "Closed"]}, "next_on asc")


def _needs(filters: dict, limit: int = MOST) -> list[dict]:
	rows = frappe.get_list(
		NEED,
		filters,
		[
			*("name", "title", "kind", "what", "party", "organisation", "section", "state"),
			*("published", "wants_publishing", "open_until"),
		],
		order_by="modified desc",
		limit=limit,
	)
	organisations = titles_of(ORGANISATION, "organisation_name", [row.organisation for row in rows])
	sections = titles_of("Kyodo Section", "section_name", [row.section for row in rows])
	for row in rows:
		row.whose = organisations.get(row.organisation) or sections.get(row.section) or _("Private Person")
	return rows


def _introductions(filters: dict) -> list[dict]:
	rows = frappe.get_list(
		MATCH,
		filters,
		[
			*("name", "need", "need_title", "kind", "other_need", "organisation", "person", "state", "introduced_on"),
			*("need_answer", "other_answer", "need_contact", "other_contact", "outcome"),
		],
		order_by="introduced_on desc, name desc",
		limit=MOST,
	)
	titles = {
		"Need": titles_of(NEED, "title", [row.other_need for row in rows]),
		"Organisation": titles_of(ORGANISATION, "organisation_name", [row.organisation for row in rows]),
		"Person": titles_of(PERSON, "person_name", [row.person for row in rows]),
	}
	for row in rows:
		target = {"Need": row.other_need, "Person": row.person}.get(row.kind, row.organisation)
		row.with_whom = titles[row.kind].get(target, "")
	return rows


def _dispatches(filters: dict, limit: int = MOST) -> list[dict]:
	return frappe.get_list(
		DISPATCH,
		filters,
		["name", "person", "person_name", "purpose", "topic", "sent_to", "state", "from_date", "to_date", "report"],
		order_by="from_date asc, name asc",
		limit=limit,
	)


def _surveys(filters: dict, limit: int = MOST) -> list[dict]:
	rows = frappe.get_list(
		SURVEY,
		filters,
		["name", "title", "fiscal_year", "state", "opens_on", "closes_on", "asked_count", "answered_count"],
		order_by="opens_on desc, name desc",
		limit=limit,
	)
	for row in rows:
		row.rate = surveys.rules.rate(row.answered_count, row.asked_count)
	return rows


PAGES = (
	Page("support", "support/public_centre", support, menu="Support Centre"),
	Page("support/<name>", "support/public_need", public_need),
	Page("support/surveys/<name>", "support/public_survey", public_survey),
	Page("my/centre", "support/centre", overview),
	Page("my/centre/cases", "support/centre_cases", cases),
	Page("my/centre/cases/<name>", "support/centre_case", case),
	Page("my/centre/needs", "support/centre_needs", needs),
	Page("my/centre/needs/<name>", "support/centre_need", need),
	Page("my/centre/people", "support/centre_people", people),
	Page("my/centre/people/<name>", "support/centre_person", person),
	Page("my/centre/surveys", "support/centre_surveys", survey_list),
	Page("my/centre/surveys/<name>", "support/centre_survey", survey),
	Page("my/centre/figures", "support/centre_figures", figures),
)
