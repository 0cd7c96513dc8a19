"""Pages of events, self-checks and guides, public ones and those of the portal."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common import markup
from kyodo_frappe.learning import certificates, event_keys, questionnaires, self_checks
from kyodo_frappe.learning import public as published
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.permissions.hooks import as_listed, criterion
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, PORTAL, SECTION, SUPPORT
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.rules.textdiff import word_diff
from kyodo_frappe.web import forms, metadata
from kyodo_frappe.web.listing import asked_year, listing, or_not_found, query_programme, uncounted_page
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.words import with_query, year

EVENT = event_registrations.EVENT
STAFF = {MANAGER, OFFICER, SECTION}


# -- events -------------------------------------------------------------------------------------


def events() -> dict:
	"""Coming events, and all events by year and state."""
	found = listing(_("Events"), "/kyodo/events", published.events, published.EVENT_STATES, published.event_years())
	first = found["pages"]["page"] == 1 and not any(found["asked"].values())
	return {
		**found,
		"coming": _with_closing_reasons(published.coming_events()) if first else [],
		"rows": _with_closing_reasons(found["rows"]),
		"sharing": metadata.about(feeds=metadata.subscriptions("events")),
	}


def event(name: str) -> dict:
	"""A public event with its registration form."""
	row = or_not_found(published.event(name))
	_with_closing_reasons([row])
	form = f"event:{name}"
	user = frappe.session.user
	return {
		"title": row.event_name,
		"row": row,
		"whose": row.programme,
		"form": form,
		"values": forms.refused_input(form),
		"mine": event_registrations.registration_of_user(name, user) if user != "Guest" else None,
		"notice": forms.current_notice(),
		"sharing": _about_event(row),
	}


def _about_event(row: dict) -> dict:
	address = f"/kyodo/events/{row.name}"
	city = (programme_public.programme(row.programme) or {}).get("municipality_name")
	days = (row.held_on, row.begins_at, row.ends_at)
	happening = metadata.event(row.event_name, address, days, row.place, city, row.state == "Cancelled", row.description)
	place = metadata.breadcrumbs((_("Events"), "/kyodo/events"), (row.event_name, address))
	return metadata.about(row.description or row.event_name, things=[place, happening])


def registration(name: str) -> dict:
	"""The page behind a mail's link (`name`: its key): the registration, its questionnaire and certificate."""
	found = event_registrations.find_by_key(name)
	page = {"title": _("Registration for an event"), "notice": forms.current_notice(), "key": name, "mine": None}
	if found is None:
		return page
	event = frappe.get_doc(EVENT, found.event)
	coming = event.state == "Announced" and published.with_places([event.as_dict()])[0]
	form = f"registration:{name}"
	return {
		**page,
		"title": event.event_name,
		"mine": found,
		"said": event_registrations.state_label(found.state),
		"row": event,
		"full": bool(coming and coming.full),
		"has_place": found.state == event_registrations.PLACE,
		"online": event.online_address if found.state == event_registrations.PLACE and coming else None,
		"may_answer": questionnaires.may_answer(event, found),
		"questions": [_question(row) for row in event.questions],
		"certificate": certificates.is_available(event, found),
		"form": form,
		"values": forms.refused_input(form),
	}


def my_events() -> dict:
	"""The current user's registrations, and other coming events."""
	mine = event_registrations.list_for_user(frappe.session.user)
	for row in mine:
		row.said = event_registrations.state_label(row.state)
		row.address = f"/kyodo/registration/{event_keys.make_key(row)}"
		row.certificate = certificates.is_available(row, row)
	audiences = (*published.PUBLIC_EVENTS, "City Staff") if STAFF & set(frappe.get_roles()) else published.PUBLIC_EVENTS
	taken = {row.event for row in mine}
	coming = [row for row in published.coming_events(audiences) if row.name not in taken]
	return {
		"title": _("My events"),
		"mine": mine,
		"coming": _with_closing_reasons(coming),
		"organises": bool({SUPPORT, *STAFF} & set(frappe.get_roles())),
	}


def organised_events() -> dict:
	"""Events that the current user organises, the latest first."""
	_require_role(SUPPORT, *STAFF)
	page = uncounted_page(_organised, "/kyodo/my/centre/events")
	figures = event_registrations.place_counts([row.name for row in page["rows"]])
	for row in page["rows"]:
		row.update(figures[row.name])
	return {"title": _("Events we organise"), **page}


def _organised(start: int, limit: int) -> list[dict]:
	"""The events that the current user may change, the latest first."""
	event, seen, own = frappe.qb.DocType(EVENT), as_listed(EVENT), criterion(EVENT, frappe.session.user, "write")
	if seen is None or own is None:
		return []
	fields = ("name", "event_name", "held_on", "begins_at", "place", "state", "capacity", "section", "organiser")
	query = frappe.qb.from_(event).select(*(event[field] for field in fields)).where(own if seen is True else own & seen)
	query = query.orderby(event.held_on, order=frappe.qb.desc).orderby(event.name, order=frappe.qb.desc)
	return query.offset(start).limit(limit).run(as_dict=True)


def organised_event(name: str) -> dict:
	"""Registrations, attendance and questionnaire totals of an event, for its organisers."""
	doc = event_registrations.get_organised_event(name)
	rows = event_registrations.listing(name)
	form = f"attendance:{name}"
	day_has_come = doc.state in ("Announced", "Held") and str(doc.held_on) <= frappe.utils.nowdate()
	return {
		"title": doc.event_name,
		"row": doc,
		"rows": rows,
		"may_note": day_has_come,
		"steps": _possible_actions(doc),
		"noted": all(row.attendance for row in rows if row.state == event_registrations.PLACE),
		"marks": [("", _("not noted")), ("Attended", _("Attended")), ("Absent", _("Absent"))],
		"totals": questionnaires.totals(name) if doc.asked_on else None,
		"form": form,
		"values": forms.refused_input(form),
	}


def _possible_actions(event: Document) -> list[str]:
	"""Return what the organisers can do with an event now: announce, hold, call_off."""
	if event.state == "Announced":
		return (["hold"] if str(event.held_on) <= frappe.utils.nowdate() else []) + ["call_off"]
	return ["announce"] if event.state == "Planned" else []


def _with_closing_reasons(rows: list[dict]) -> list[dict]:
	"""Turn `closed` of each event from a RuleError into its sentence, "" where registration is open."""
	for row in rows:
		row.closed = _(row.closed.source).format(*row.closed.args_) if row.closed else ""
	return rows


def _question(row: Document) -> dict:
	return {"idx": row.idx, "question": row.question, "kind": row.kind, "choices": questionnaires.choices_of(row)}


# -- self-checks --------------------------------------------------------------------------------


def _list_titles() -> dict[str, str]:
	return {
		"City": _("Attitudes of officials"),
		"Organisation": _("Attitudes of organisations"),
		"Principles": _("Principles of working together"),
	}


def self_check() -> dict:
	"""A list to mark, and the user's own checks of it side by side."""
	_require_role(*STAFF, *PORTAL)
	known = self_checks.available_lists()
	asked = str(frappe.form_dict.get("list") or "")
	usual = "City" if STAFF & set(frappe.get_roles()) else "Organisation"
	chosen = asked if asked in known else usual if usual in known else next(iter(known), "")
	form = f"self-check:{chosen}"
	mine = self_checks.own_checks(chosen) if chosen else {"checks": [], "items": []}
	return {
		"title": _("Self-check"),
		"lists": [(audience, _list_titles()[audience]) for audience in known],
		"chosen": chosen,
		"items": self_checks.programme_items(self_checks.current_programme(), chosen),
		"marks": _mark_labels(),
		"mine": mine,
		"form": form,
		"values": forms.refused_input(form),
		"sees_totals": bool({OFFICER, MANAGER} & set(frappe.get_roles())),
	}


def _mark_labels() -> list[tuple[str, str]]:
	return [("1", _("not yet")), ("2", _("sometimes")), ("3", _("mostly")), ("4", _("always"))]


def self_check_totals() -> dict:
	"""Totals of all self-checks in a fiscal year, for the office."""
	_require_role(OFFICER, MANAGER)
	this_year = self_checks.this_year()
	asked = asked_year()
	chosen = asked if this_year - 10 < asked <= this_year else this_year
	found = [{"title": _list_titles()[audience], **self_checks.totals(audience, chosen)} for audience in self_checks.available_lists()]
	return {
		"title": _("Self-checks in figures"),
		"lists": found,
		"year_shown": chosen,
		"years": [(value, year(value)) for value in range(this_year, this_year - 10, -1)],
		"marks": _mark_labels(),
	}


# -- guides -------------------------------------------------------------------------------------


def guide() -> dict:
	"""Public guides."""
	return _guide(("Everybody",), "/kyodo/guide", _("Guideline and manuals"))


def guide_page(name: str) -> dict:
	"""A public guide."""
	return _guide_page(name, ("Everybody",), "/kyodo/guide")


def guide_version(name: str, number: str) -> dict:
	"""An earlier version of a public guide."""
	return _guide_version(name, number, ("Everybody",), "/kyodo/guide")


def my_guide() -> dict:
	"""Guides for the current user's audience."""
	return _guide(_audiences(), "/kyodo/my/guide", _("Guideline and manuals"))


def my_guide_page(name: str) -> dict:
	"""A guide for the current user's audience."""
	return _guide_page(name, _audiences(), "/kyodo/my/guide")


def my_guide_version(name: str, number: str) -> dict:
	"""An earlier version of a guide for the current user's audience."""
	return _guide_version(name, number, _audiences(), "/kyodo/my/guide")


def _audiences() -> tuple[str, ...]:
	roles = set(frappe.get_roles())
	if roles & STAFF:
		return ("Everybody", "Organisations", "City Staff")
	return ("Everybody", "Organisations") if roles & set(PORTAL) else ("Everybody",)


def _guide(audiences: tuple[str, ...], address: str, title: str) -> dict:
	"""Guides of one programme by kind; with several programmes and none in the query string, a choice of them."""
	several = programme_public.programmes()
	asked = query_programme(several)
	names = [asked] if asked else [row.name for row in several]
	rows = published.guide(audiences, names)
	page = {"title": title, "address": address, "groups": [], "choices": [], "whose": asked}
	if len(several) > 1 and not asked:
		return {**page, "choices": [_choice(address, row, rows) for row in several]}
	kinds = (("Guideline", _("Guideline")), ("Manual", _("Manuals")), ("Handbook", _("Handbook for staff")))
	groups = [(label, [row for row in rows if row.page_kind == kind]) for kind, label in kinds]
	return {**page, "groups": [group for group in groups if group[1]]}


def _choice(address: str, programme: dict, rows: list[dict]) -> dict:
	own = [row for row in rows if row.programme == programme.name]
	return {
		"label": programme.programme_name,
		"address": with_query(address, programme=programme.name),
		"count": len(own),
		"invites": any(row.invites for row in own),
	}


def _guide_address(row: dict, address: str) -> str:
	"""Return the address of the list that a guide belongs to."""
	return with_query(address, programme=row.programme) if len(programme_public.programmes()) > 1 else address


def _guide_page(name: str, audiences: tuple[str, ...], address: str) -> dict:
	row = or_not_found(published.guide_page(name, audiences))
	form = f"guide:{name}"
	user = frappe.session.user
	return {
		"title": row.page_title,
		"row": row,
		"whose": row.programme,
		"address": address,
		"beside": _guide_address(row, address),
		"body": _html(row.body, row.page_title),
		"proposed": _html(row.revision, row.page_title),
		"changes": word_diff(markup.to_text(row.body), markup.to_text(row.revision)) if row.revision else [],
		"parts_of_text": markup.headings(row.revision) if row.invites else [],
		"name_of_user": frappe.utils.get_fullname(user) if user != "Guest" else "",
		"form": form,
		"values": forms.refused_input(form),
		"notice": forms.current_notice(),
	}


def _guide_version(name: str, number: str, audiences: tuple[str, ...], address: str) -> dict:
	row = or_not_found(published.guide_version(name, cint(number), audiences))
	return {
		"title": _("{0} (version {1})").format(row.page_title, row.version_number),
		"row": row,
		"whose": row.programme,
		"address": address,
		"beside": _guide_address(row, address),
		"body": _html(row.body, row.page_title),
	}


def _html(text: str | None, title: str) -> str:
	"""Return a text as HTML, without a first heading that only repeats the page's title."""
	first, _break, rest = (text or "").lstrip().partition("\n")
	return markup.to_html(rest if first.lstrip("#").strip() == title and first.startswith("#") else text)


def _require_role(*roles: str):
	if not set(roles) & set(frappe.get_roles()):
		raise frappe.PageDoesNotExistError


PAGES = (
	Page("events", "learning/events", events, menu="Events"),
	Page("events/<name>", "learning/event", event),
	Page("registration/<name>", "learning/registration", registration),
	Page("guide", "learning/guide", guide, menu="Guide"),
	Page("guide/<name>", "learning/guide_page", guide_page),
	Page("guide/<name>/versions/<number>", "learning/guide_version", guide_version),
	Page("my/events", "learning/my_events", my_events),
	Page("my/centre/events", "learning/organised_events", organised_events),
	Page("my/centre/events/<name>", "learning/organised_event", organised_event),
	Page("my/self-check", "learning/self_check", self_check),
	Page("my/self-check/totals", "learning/self_check_totals", self_check_totals),
	Page("my/guide", "learning/guide", my_guide),
	Page("my/guide/<name>", "learning/guide_page", my_guide_page),
	Page("my/guide/<name>/versions/<number>", "learning/guide_version", my_guide_version),
)
