"""What the public pages show. Everything comes from services/publication.py, so nothing here needs a right."""

import frappe
from frappe import _
from frappe.utils import cint

from kyodo_frappe.portal.data import KINDS
from kyodo_frappe.portal.words import with_query, year
from kyodo_frappe.services import publication, vocabulary
from kyodo_frappe.workflows.states import states

LIMIT = publication.PAGE


def home() -> dict:
	"""The programme, its open calls, deadlines and next meetings; of several programmes the list, or the one asked for."""
	several = publication.programmes()
	asked = asked_programme(several)
	if len(several) > 1 and not asked:
		return _programmes(several)
	chosen = publication.programme(asked)
	of_one = asked if len(several) > 1 else None
	recent, _count = publication.proposals(limit=5, programme=of_one)
	details = publication.programme_details(chosen.name) if chosen else None
	return {
		"title": chosen.programme_name if chosen else _("Kyodo"),
		"chosen": chosen,
		"listed": None,
		"whose": of_one,
		"details": details,
		"rules": _rules(details) if details else [],
		"calls": publication.calls(of_one),
		"meetings": publication.next_meetings(programme=of_one),
		"recent": recent,
	}


def asked_programme(known: list[dict]) -> str | None:
	"""The programme that an address carries (`?programme=`), where it is one of these."""
	asked = _asked("programme")
	return asked if asked in {row.name for row in known} else None


def _programmes(several: list[dict]) -> dict:
	"""The front page of a city with several programmes: what is open in each of them."""
	calls = publication.calls()
	recent, _count = publication.proposals(limit=5)
	return {
		"title": _("Programmes"),
		"chosen": None,
		"listed": [{**row, "calls": [call for call in calls if call.programme == row.name]} for row in several],
		"meetings": publication.next_meetings(),
		"recent": recent,
	}


def _rules(details: dict) -> list[tuple[str, list[dict]]]:
	"""[(heading, [{title, text}])]: what the programme says of itself, to be opened one by one."""
	subjects = [{**row, "title": vocabulary.word(vocabulary.ORGANISATION_TYPE, row["title"])} for row in details["subjects"]]
	return [
		(_("Who Takes Part"), subjects),
		(_("Requirements for Organisations"), details["requirements"]),
		(_("Principles"), details["principles"]),
		(_("Forms of Collaboration"), details["forms"]),
		(_("Expected Effects"), details["effects"]),
	]


def proposals() -> dict:
	return listing(
		_("Proposals"), "/kyodo/proposals", publication.proposals, "Kyodo Proposal", states("Kyodo Proposal", public=True)
	)


def projects() -> dict:
	return listing(_("Projects"), "/kyodo/projects", publication.projects, "Kyodo Project", states("Kyodo Project", public=True))


def meetings() -> dict:
	return listing(_("Meetings"), "/kyodo/meetings", publication.meetings, "Kyodo Meeting", states("Kyodo Meeting", public=True))


def organisations() -> dict:
	text, field = _asked("q"), _asked("field")
	page = _page()
	rows, count = publication.organisations(text, field, (page - 1) * LIMIT)
	return {
		"title": _("Organisations"),
		"rows": rows,
		"count": count,
		"asked": {"q": text, "field": field},
		"fields": publication.activity_fields(),
		"pages": _pages("/kyodo/organisations", page, count, q=text, field=field),
	}


def proposal(name: str) -> dict:
	row = not_found_without(publication.proposal(name))
	return {"title": row.title, "row": row, "whose": row.programme}


def project(name: str) -> dict:
	row = not_found_without(publication.project(name))
	being_written = publication.is_only_planned(row)
	return {"title": row.project_name, "row": row, "whose": row.programme, "being_written": being_written}


def organisation(name: str) -> dict:
	row = not_found_without(publication.organisation(name))
	return {"title": row.organisation_name, "row": row}


def meeting(name: str) -> dict:
	row = not_found_without(publication.meeting(name))
	return {"title": f"{row.committee} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type)}".strip(), "row": row, "whose": row.programme}


def data() -> dict:
	titles = {
		"proposals": _("Proposals"),
		"projects": _("Projects"),
		"organisations": _("Organisations"),
		"meetings": _("Meetings"),
		"events": _("Events"),
	}
	address = "/api/method/kyodo_frappe.portal.api.download"
	files = [
		{"title": titles[kind], "format": shown, "address": with_query(address, kind=kind, file_format=kept)}
		for kind in KINDS
		for kept, shown in (("csv", "CSV"), ("json", "JSON"))
	]
	return {"title": _("Open data"), "files": files}


def not_found_without(row: dict | None) -> dict:
	if row is None:
		raise frappe.PageDoesNotExistError
	return row


def _asked(key: str) -> str:
	return str(frappe.form_dict.get(key) or "")[:140]


def _page() -> int:
	return min(max(cint(frappe.form_dict.get("page")), 1), 100000)


def listing(title: str, address: str, rows_of, doctype: str, states: tuple[str, ...]) -> dict:
	asked_year = cint(frappe.form_dict.get("year"))
	state = _asked("state") if _asked("state") in states else ""
	page = _page()
	rows, count = rows_of(asked_year or None, state or None, (page - 1) * LIMIT)
	return {
		"title": title,
		"rows": rows,
		"count": count,
		"address": address,
		"asked": {"year": asked_year, "state": state},
		"years": [(value, year(value)) for value in publication.years(doctype)],
		"states": [(value, _(value)) for value in states],
		"pages": _pages(address, page, count, year=asked_year or "", state=state),
	}


def _pages(address: str, page: int, count: int, **asked) -> dict:
	last = max(-(-count // LIMIT), 1)
	return {
		"page": page,
		"last": last,
		"before": with_query(address, **asked, page=page - 1) if 1 < page <= last else None,
		"after": with_query(address, **asked, page=page + 1) if page < last else None,
	}
