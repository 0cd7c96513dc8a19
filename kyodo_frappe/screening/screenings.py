"""事業の選別: sections enter services that could be kyodo, an internal team reviews them, the office concludes, and a theme
call or a project follows.

Sources: 001 小平市 2(3), 2(4)②, 4(1) (庁内委員会による進行管理), 4(3)③ (既存事業の見直し); 003 国分寺市 (庁内横断チーム,
事業の選別, パートナーの選定).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime, nowdate

from kyodo_frappe.committee import seats
from kyodo_frappe.common import typed_input
from kyodo_frappe.common.errors import InputMissing, InvalidChoice
from kyodo_frappe.common.queries import NO_NAME, among
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.programme.calls import FROM_SCREENING
from kyodo_frappe.rules.era import fiscal_year, fiscal_year_range
from kyodo_frappe.rules.screening import DOES_NOT_SUIT, NEEDS_WORK, SUITS, views_needed
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.screening.errors import (
	AlreadyCreated,
	NoReviewers,
	NotConcluded,
	NotInTeam,
	OwnService,
	ReviewIncomplete,
	ScreeningRequired,
	WrongState,
)
from kyodo_frappe.workflows.guard import by_service, move

DOCTYPE = "Kyodo Service Screening"
CALL = "Kyodo Call"
PROJECT = "Kyodo Project"
TEAM = "Internal Team"
VIEWS = (SUITS, NEEDS_WORK, DOES_NOT_SUIT)
FOR_CALL = ("Theme Call", "Turn Into Kyodo")
FOR_PROJECT = ("Turn Into Kyodo", "Already Kyodo")
CARRIED = (
	*("service_name", "programme", "section", "plan_or_policy", "cost", "people_served", "staff_hours"),
	*("description", "present_partners", "deadline_pressure"),
)


# -- entering services ------------------------------------------------------------------


def service_key(service_name: str | None) -> str:
	"""A key for comparing names of services, regardless of spaces, width and kana."""
	return search_key(service_name).replace(" ", "")


@frappe.whitelist(methods=["GET"])
def own_section() -> str | None:
	"""The only section of a section officer, for which they enter services; None for the office, which enters for all."""
	roles, sections = frappe.get_roles(), sections_of(frappe.session.user)
	return sections[0] if SECTION in roles and OFFICER not in roles and len(sections) == 1 else None


def entered_services(programme: str, year: int) -> dict[tuple[str, str], str]:
	"""{(section, service key): screening} of a programme and fiscal year, regardless of the user's permissions."""
	filters = {"programme": programme, "fiscal_year": year}
	# all of them: two sections may have services of the same name
	rows = frappe.get_all(DOCTYPE, filters, ["name", "section", "service_name"], order_by="name")
	return {(row.section, service_key(row.service_name)): row.name for row in rows}


@frappe.whitelist(methods=["POST"])
def carry_over(programme: str, fiscal_year: int) -> list[str]:
	"""Create drafts of the services that were screened a year before, with their facts and answers but without views.

	Section officers carry over their own sections' services. Services entered already, or turned into a project, are skipped,
	so that a second run creates nothing. Returns the new names. Raises PermissionError.
	"""
	require(OFFICER, SECTION)
	programme_visibility.check_visible(programme)
	known = entered_services(programme, fiscal_year)
	made = []
	for row in _screened_before(programme, fiscal_year):
		if (row.section, service_key(row.service_name)) not in known:
			made.append(_carry_over_service(row.name, fiscal_year))
	return made


def _screened_before(programme: str, year: int) -> list[dict]:
	filters = {
		"programme": programme,
		"fiscal_year": year - 1,
		"workflow_state": "Screened",
		"project": ["is", "not set"],
		"section": ["in", _open_sections()],
	}
	# get_list applies the user's permissions
	return frappe.get_list(DOCTYPE, filters, ["name", "section", "service_name"], order_by="section, name", limit_page_length=0)


def _open_sections() -> list[str]:
	sections = frappe.get_all("Kyodo Section", {"disabled": 0}, pluck="name", order_by="name")
	if OFFICER not in frappe.get_roles():
		own = set(sections_of(frappe.session.user))
		sections = [section for section in sections if section in own]
	return sections or [NO_NAME]


def _carry_over_service(name: str, year: int) -> str:
	old = frappe.get_doc(DOCTYPE, name)
	new = frappe.new_doc(DOCTYPE)
	new.update({**{field: old.get(field) for field in CARRIED}, "fiscal_year": year, "previous": old.name})
	for row in old.answers:
		new.append("answers", {"code": row.code, "answer": row.answer, "note": row.note})
	with by_service(new):  # `previous` and the question codes are read-only in the form
		new.insert()
	return new.name


# -- the internal team ------------------------------------------------------------------------


def team_of(programme: str, day: str | None = None) -> dict[str, str]:
	"""{user: name} of the members of the programme's internal team on a day, today by default."""
	filters = {"programme": programme, "kind": TEAM, "disabled": 0}
	teams = frappe.get_all("Kyodo Committee", filters, pluck="name", order_by="name")
	rows = [row for team in teams for row in seats.seats_on(team, "", day or nowdate())]
	return {row.user: row.member_name for row in rows if row.user}


def reviewers(doc: Document) -> dict[str, str]:
	"""{user: name} of team members who may give a view: not the one who answered, nor anybody of the section."""
	own = set(
		frappe.get_all(
			"Kyodo Section Member",
			{"parenttype": "Kyodo Section", "parent": doc.section},
			pluck="user",
			order_by="idx",
		)
	)
	own.add(doc.answered_by)
	return {user: name for user, name in team_of(doc.programme).items() if user not in own}


def current_views(doc: Document) -> list[Document]:
	"""The views given since the answers were last submitted."""
	return [row for row in doc.views if not doc.answered_on or str(row.said_on) >= str(doc.answered_on)]


@frappe.whitelist(methods=["POST"])
def say_view(screening: str, view: str, remark: str | None = None) -> None:
	"""Give or change one's view of a service, as a member of the internal team.

	Raises NotInTeam, OwnService, WrongState, ValidationError for an unknown view.
	"""
	doc = frappe.get_doc(DOCTYPE, screening, for_update=True)
	doc.check_permission("read")
	user, team = frappe.session.user, team_of(doc.programme)
	if user not in team:
		frappe.throw(_("Only members of the internal team can give a view."), exc=NotInTeam)
	if user not in reviewers(doc):
		frappe.throw(_("This is a service of your own section, so the other members of the team give their views."), exc=OwnService)
	if doc.workflow_state != "Answered":
		frappe.throw(
			_("Views can be given between submission and conclusion. This screening is in the state {0}.").format(_(doc.workflow_state)),
			exc=WrongState,
		)
	if view not in VIEWS:
		frappe.throw(_("Please choose a view."), InvalidChoice)
	row = next((row for row in doc.views if row.user == user), None) or doc.append("views", {"user": user})
	row.update({"member_name": team[user], "view": view, "remark": remark, "said_on": now_datetime()})
	with by_service(doc):
		doc.save(ignore_permissions=True)  # the team has no write permission; its membership is checked above


@frappe.whitelist(methods=["GET"])
def review_of(screening: str) -> dict:
	"""The state of the review for the form: {needed, said (numbers of views), mine: whether the user may give one}."""
	doc = frappe.get_doc(DOCTYPE, screening)
	doc.check_permission("read")
	may = reviewers(doc)
	return {
		"needed": _views_needed(doc, may),
		"said": len({row.user for row in current_views(doc)} & set(may)),
		"mine": frappe.session.user in may and doc.workflow_state == "Answered",
	}


def _views_needed(doc: Document, may: dict[str, str]) -> int:
	wanted = frappe.get_cached_value("Kyodo Programme", doc.programme, "internal_review")
	return views_needed(len(may)) if wanted else 0


# -- the conclusion ---------------------------------------------------------------------------


def check_reviewed(doc: Document):
	"""Raise ReviewIncomplete or NoReviewers if the programme requires the team's views and they are missing (001 4(1))."""
	may = reviewers(doc)
	if not (needed := _views_needed(doc, may)):
		return
	if not may:
		frappe.throw(
			_(
				"The internal team has to review new and revised services, but it has no members who may give a view. Please set up a committee of the kind “{0}”."
			).format(_(TEAM)),
			exc=NoReviewers,
		)
	said = len({row.user for row in current_views(doc)} & set(may))
	if said < needed:
		frappe.throw(
			_("The internal team has not given enough views. Of {1} members, {0} have to give theirs, but only {2} have.").format(
				needed, len(may), said
			),
			exc=ReviewIncomplete,
		)


@frappe.whitelist(methods=["POST"])
def conclude(screening: str, result: str, reason: str) -> None:
	"""Conclude a screening with a result and its reason; office only, and not by the one who answered.

	Raises PermissionError, WrongState, ValidationError.
	"""
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, screening, for_update=True)
	doc.check_permission("write")
	if doc.workflow_state != "Answered":
		frappe.throw(
			_("Only a submitted screening can be concluded. This one is in the state {0}.").format(_(doc.workflow_state)), exc=WrongState
		)
	options = doc.meta.get_field("result").options.split("\n")
	if not result or result not in options or not (reason or "").strip():
		frappe.throw(_("Please choose a result and give a reason."), InputMissing)
	doc.result, doc.result_reason = result, reason.strip()
	with by_service(doc):
		doc.save()
	move(doc, "Conclude Screening")


@frappe.whitelist(methods=["POST"])
def make_theme_call(screening: str, call_type: str = "Theme", call_name: str | None = None, fiscal_year: int | None = None) -> str:
	"""Create the unpublished call in which partners for a service are sought; returns its name.

	Raises PermissionError, NotConcluded, AlreadyCreated, ValidationError for another type of call.
	"""
	doc = _concluded(screening, FOR_CALL)
	if call_type not in FROM_SCREENING:
		frappe.throw(_("Only a theme call or a partner selection call can be created from a screening."), InvalidChoice)
	if doc.call:
		frappe.throw(_("The call {0} already exists.").format(doc.call), exc=AlreadyCreated)
	call = frappe.get_doc(
		{
			"doctype": CALL,
			"call_name": (call_name or "").strip() or doc.service_name,
			"programme": doc.programme,
			"call_type": call_type,
			"fiscal_year": fiscal_year or _this_year(),
			"section": doc.section,
			"screening": doc.name,
			"description": doc.description,
		}
	)
	with by_service(call):  # `screening` is read-only in the form
		call.insert()
	_store_link(doc, "call", call.name)
	return call.name


@frappe.whitelist(methods=["POST"])
def turn_into_project(screening: str, fiscal_year: int | None = None, organisation: str | None = None, form: str | None = None) -> str:
	"""Create the project in which a service continues as kyodo (001 4(3)②③); returns its name. Raises as `make_theme_call`."""
	doc = _concluded(screening, FOR_PROJECT)
	if doc.project:
		frappe.throw(_("The project {0} already exists.").format(doc.project), exc=AlreadyCreated)
	year = fiscal_year or _this_year()
	first, last = fiscal_year_range(year)
	project = frappe.get_doc(
		{
			"doctype": PROJECT,
			"project_name": doc.service_name,
			"programme": doc.programme,
			"origin": "Existing Service",
			"fiscal_year": year,
			"from_date": max(first, getdate(nowdate())) if getdate(nowdate()) <= last else first,
			"to_date": last,
			"section": doc.section,
			"organisation": organisation,
			"form": form,
			"plan_or_policy": doc.plan_or_policy,
			"screening": doc.name,
			"plan": doc.description,
		}
	)
	with by_service(project):  # `screening` is read-only in the form
		project.insert()
	_store_link(doc, "project", project.name)
	return project.name


def _this_year() -> int:
	return fiscal_year(getdate(nowdate()))


def _concluded(screening: str, results: tuple[str, ...]) -> Document:
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, screening, for_update=True)
	doc.check_permission("write")
	if doc.workflow_state != "Screened" or doc.result not in results:
		frappe.throw(
			_("The screening of “{0}” first has to be concluded with one of these results: {1}.").format(
				doc.service_name, _(", ").join(_(result) for result in results)
			),
			exc=NotConcluded,
		)
	return doc


def _store_link(doc: Document, field: str, name: str):
	doc.set(field, name)
	with by_service(doc):
		doc.save()


def check_theme_call(call: Document):
	"""Check the screening a call refers to, and that a theme call has one where the programme requires it.

	Raises ScreeningRequired. Source: 003 国分寺市 (事業の選別 → パートナーの選定).
	"""
	if call.screening:
		if call.is_new() or call.has_value_changed("screening") or call.has_value_changed("programme"):
			_check_comes_from(call)
	elif call.call_type in FROM_SCREENING and (call.is_new() or call.has_value_changed("call_type") or call.has_value_changed("screening")):
		if frappe.get_cached_value("Kyodo Programme", call.programme, "theme_from_screening"):
			frappe.throw(
				_(
					"In this programme, theme calls are based on the screening of services. Please conclude a screening with the result “{0}” and create the call from it."
				).format(_("Theme Call")),
				exc=ScreeningRequired,
			)


def _check_comes_from(call: Document):
	row = frappe.db.get_value(DOCTYPE, call.screening, ["programme", "workflow_state", "result", "call"], as_dict=True)
	fits = row and row.programme == call.programme and row.workflow_state == "Screened" and row.result in FOR_CALL
	if not fits or (row.call and row.call != call.name):
		frappe.throw(_("This call cannot be based on the screening “{0}”.").format(call.screening), exc=ScreeningRequired)


# -- follow-up ---------------------------------------------------------------


@frappe.whitelist(methods=["GET", "POST"])
def due(day: str | None = None) -> list[dict]:
	"""[{name, service_name, section, kind, result, follow_up_on, progress, progress_on}] of services to follow up by a day.

	Section officers see those of their own sections (進行管理, 001 4(1)). Raises PermissionError.
	"""
	require(OFFICER, MANAGER, SECTION)
	wanted = {"workflow_state": "Screened", "follow_up_on": ["<=", getdate(typed_input.day(day, _("Date")))]}
	if not {OFFICER, MANAGER} & set(frappe.get_roles()):
		wanted["section"] = among(sections_of(frappe.session.user))
	return frappe.get_list(
		DOCTYPE,
		wanted,
		["name", "service_name", "section", "kind", "result", "follow_up_on", "progress", "progress_on"],
		order_by="follow_up_on, name",
		limit_page_length=0,
	)
