"""Public pages that gather data of several rooms. All of it comes from the rooms' public.py and needs no permission."""

from frappe import _

from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.common import vocabulary
from kyodo_frappe.evaluation import over_years as evaluation_years
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.front import home as front_home
from kyodo_frappe.front import stories
from kyodo_frappe.front.open_data import KINDS
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.programme import call_words
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals import results
from kyodo_frappe.web import metadata
from kyodo_frappe.web.listing import or_not_found, query_programme
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.words import with_query


def home() -> dict:
	"""The front page: of a programme, or with a card for each where there are several and the query string names none."""
	several = programme_public.programmes()
	asked = query_programme(several)
	listed = several if len(several) > 1 and not asked else []
	chosen = None if listed else programme_public.programme(asked)
	of_one = asked if len(several) > 1 else None
	recent, count = proposal_public.proposals(limit=3, programme=of_one)
	calls, meetings = programme_public.calls(of_one), meeting_public.next_meetings(programme=of_one)
	return {
		"title": chosen.programme_name if chosen else _("Programmes") if listed else _("Kyodo"),
		"chosen": chosen,
		"listed": [{**row, "calls": [call for call in calls if call.programme == row.name]} for row in listed],
		"whose": of_one,
		"calls": [{**call, "in_words": call_words.describe(call.name)} for call in calls] if chosen else calls,
		"steps": front_home.cycle(calls, meetings, of_one) if chosen else [],
		"happenings": front_home.happenings(meetings, of_one),
		"stories": front_home.stories(of_one),
		"figures": front_home.figures(count, of_one),
		"recent": recent,
		"results": results.calls(of_one, limit=5),
	}


def about() -> dict:
	"""Context of the page about a programme: purpose, participants, form, dates and contact; a list if there are several."""
	several = programme_public.programmes()
	asked = query_programme(several)
	if len(several) > 1 and not asked:
		return {"title": _("About the programme"), "listed": several, "chosen": None}
	chosen = or_not_found(programme_public.programme(asked))
	details = programme_public.programme_details(chosen.name)
	return {
		"title": _("About the programme"),
		"listed": [],
		"chosen": chosen,
		"whose": asked if len(several) > 1 else None,
		"details": details,
		"rules": _rules(details),
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
	row.attempts = proposal_public.of_project(row.proposal)
	row.evaluations = [stories.draw_marks(one) for one in evaluation_public.of_project(name)]
	row.years = evaluation_years.published(name) if len(row.evaluations) > 1 else None
	way, photo = stories.way(row), stories.name_photos(row.notes)
	return {
		"title": row.project_name,
		"row": row,
		"whose": row.programme,
		"being_written": project_public.is_only_planned(row),
		"photo": photo,
		"way": way,
		"latest": stories.latest(way),
		"targets": stories.targets(row),
		"money": stories.money(row),
		"sharing": _about_story(row, row.project_name, (_("Projects"), "/kyodo/projects"), photo=photo),
	}


def organisation(name: str) -> dict:
	"""A public organisation with its proposals and projects."""
	row = or_not_found(organisation_public.organisation(name))
	row.projects = project_public.of_organisation(name)
	led_to_projects = {project.proposal for project in row.projects}
	row.proposals = [proposal for proposal in proposal_public.of_organisation(name) if proposal.name not in led_to_projects]
	return {
		"title": row.organisation_name,
		"row": row,
		"sharing": _about_story(row, row.organisation_name, (_("Organisations"), "/kyodo/organisations"), row.purpose),
	}


def _about_story(row: dict, title: str, parent: tuple[str, str], text: str | None = None, photo: dict | None = None) -> dict:
	place = metadata.breadcrumbs(parent, (title, f"{parent[1]}/{row.name}"))
	picture = {"picture": photo.address, "picture_text": photo.text} if photo else {}
	return metadata.about(text or row.get("public_summary") or row.get("plain_summary"), things=[place], **picture)


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
	Page("", "front/home", home),
	Page("about", "front/about", about, menu="About the programme"),
	Page("projects/<name>", "front/project", project),
	Page("organisations/<name>", "front/organisation", organisation),
	Page("data", "front/data", data, menu="Open data"),
)
