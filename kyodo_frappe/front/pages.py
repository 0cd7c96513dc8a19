"""Public pages that gather data of several rooms. All of it comes from the rooms' public.py and needs no permission."""

from frappe import _

from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.common import vocabulary
from kyodo_frappe.evaluation import over_years as evaluation_years
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.front.open_data import KINDS
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.programme import call_words
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals import results
from kyodo_frappe.web.listing import or_not_found, query_programme
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.words import with_query


def home() -> dict:
	"""A programme with its open calls and next meetings; a list where there are several and the query string names none."""
	several = programme_public.programmes()
	asked = query_programme(several)
	if len(several) > 1 and not asked:
		return _programmes(several)
	chosen = programme_public.programme(asked)
	of_one = asked if len(several) > 1 else None
	recent, _count = proposal_public.proposals(limit=5, programme=of_one)
	details = programme_public.programme_details(chosen.name) if chosen else None
	return {
		"title": chosen.programme_name if chosen else _("Kyodo"),
		"chosen": chosen,
		"listed": None,
		"whose": of_one,
		"details": details,
		"rules": _rules(details) if details else [],
		"calls": [{**call, "in_words": call_words.describe(call.name)} for call in programme_public.calls(of_one)],
		"meetings": meeting_public.next_meetings(programme=of_one),
		"recent": recent,
		"results": results.calls(of_one, limit=5),
	}


def _programmes(several: list[dict]) -> dict:
	"""Return the context of the front page with several programmes and their open calls."""
	calls = programme_public.calls()
	recent, _count = proposal_public.proposals(limit=5)
	return {
		"title": _("Programmes"),
		"chosen": None,
		"listed": [{**row, "calls": [call for call in calls if call.programme == row.name]} for row in several],
		"meetings": meeting_public.next_meetings(),
		"recent": recent,
	}


def _rules(details: dict) -> list[tuple[str, list[dict]]]:
	"""Return [(heading, [{title, text}, …]), …]: the sections about a programme that readers open one by one."""
	subjects = [{**row, "title": vocabulary.word(vocabulary.ORGANISATION_TYPE, row["title"])} for row in details["subjects"]]
	return [
		(_("Who Takes Part"), subjects),
		(_("Requirements for Organisations"), details["requirements"]),
		(_("Principles"), details["principles"]),
		(_("Forms of Collaboration"), details["forms"]),
		(_("Expected Effects"), details["effects"]),
	]


def project(name: str) -> dict:
	"""A public project with its evaluations."""
	row = or_not_found(project_public.project(name))
	row.evaluations = evaluation_public.of_project(name)
	row.years = evaluation_years.published(name) if len(row.evaluations) > 1 else None
	being_written = project_public.is_only_planned(row)
	return {"title": row.project_name, "row": row, "whose": row.programme, "being_written": being_written}


def organisation(name: str) -> dict:
	"""A public organisation with its proposals and projects."""
	row = or_not_found(organisation_public.organisation(name))
	row.proposals = proposal_public.of_organisation(name)
	row.projects = project_public.of_organisation(name)
	return {"title": row.organisation_name, "row": row}


def data() -> dict:
	"""The list of open data files."""
	titles = {
		"proposals": _("Proposals"),
		"results": _("Results of calls"),
		"projects": _("Projects"),
		"organisations": _("Organisations"),
		"meetings": _("Meetings"),
		"events": _("Events"),
		"figures": _("Figures of the years"),
		"fields": _("Figures by field of activity"),
	}
	address = "/api/method/kyodo_frappe.front.actions.download"
	files = [
		{"title": titles[kind], "format": label, "address": with_query(address, kind=kind, file_format=file_format)}
		for kind in KINDS
		for file_format, label in (("csv", "CSV"), ("json", "JSON"))
	]
	return {"title": _("Open data"), "files": files}


PAGES = (
	Page("", "front/home", home, menu="About the programme"),
	Page("projects/<name>", "front/project", project),
	Page("organisations/<name>", "front/organisation", organisation),
	Page("data", "front/data", data, menu="Open data"),
)
