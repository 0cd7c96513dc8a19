"""事業の選別: sections say which of their services could be kyodo, the internal team looks at them, the office concludes,
and what comes of it is a theme call or a project. Sources: 001 小平市 2(3), 2(4)②, 4(1) (庁内委員会による進行管理),
4(3)③ (既存事業の見直し); 003 国分寺市 (庁内横断チーム, 事業の選別, パートナーの選定).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime, nowdate

from kyodo_frappe.committee import seats
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.programme.calls import FROM_SCREENING
from kyodo_frappe.rules.era import era_year, fiscal_year, fiscal_year_range
from kyodo_frappe.rules.screening import DOES_NOT_SUIT, NEEDS_WORK, SUITS, views_needed
from kyodo_frappe.rules.textkeys import search_key
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


# -- what a section enters ------------------------------------------------------------------


def key_of(service_name: str | None) -> str:
	"""By which two services of a section are one: without spaces, width and kind of kana."""
	return search_key(service_name).replace(" ", "")


@frappe.whitelist(methods=["GET"])
def own_section() -> str | None:
	"""The section that this login enters services for, where there is only one: a section's officer's own. None for the
	office, which enters for all."""
	roles, sections = frappe.get_roles(), sections_of(frappe.session.user)
	return sections[0] if SECTION in roles and OFFICER not in roles and len(sections) == 1 else None


def check_open_section(doc: Document):
	"""Raise ValidationError for a section that is there no more."""
	if frappe.db.get_value("Kyodo Section", doc.section, "disabled"):
		frappe.throw(_("The section “{0}” is not in use any more. Please choose the one that has taken it over.").format(doc.section))


def check_once(doc: Document):
	"""Raise ValidationError where the section has entered the same service for the year already."""
	if other := entered(doc.programme, doc.fiscal_year).get((doc.section, key_of(doc.service_name))):
		if other != doc.name:
			frappe.throw(
				_("“{0}” of {1} is entered already for {2}: {3}.").format(doc.service_name, doc.section, era_year(doc.fiscal_year), other)
			)


def entered(programme: str, year: int) -> dict[tuple[str, str], str]:
	"""{(section, key of the service): screening} of what is entered for a year."""
	filters = {"programme": programme, "fiscal_year": year}
	# all of them, whoever asks: two sections may each have a service of a name, one section has it once
	rows = frappe.get_all(DOCTYPE, filters, ["name", "section", "service_name"], order_by="name")
	return {(row.section, key_of(row.service_name)): row.name for row in rows}


@frappe.whitelist(methods=["POST"])
def carry_over(programme: str, fiscal_year: int) -> list[str]:
	"""Make new drafts of the services that were screened in the year before, with their facts and answers; the view is
	to be said anew. A section's officer carries over the own section's. What is entered already, or has become a project,
	is passed over: a second run makes nothing. Returns the new names. Raises PermissionError.
	"""
	require(OFFICER, SECTION)
	programme_visibility.check_visible(programme)
	known = entered(programme, fiscal_year)
	made = []
	for row in _screened_before(programme, fiscal_year):
		if (row.section, key_of(row.service_name)) not in known:
			made.append(_again(row.name, fiscal_year))
	return made


def _screened_before(programme: str, year: int) -> list[dict]:
	filters = {
		"programme": programme,
		"fiscal_year": year - 1,
		"workflow_state": "Screened",
		"project": ["is", "not set"],
		"section": ["in", _open_sections()],
	}
	# get_list: with the doors of who asks
	return frappe.get_list(DOCTYPE, filters, ["name", "section", "service_name"], order_by="section, name", limit_page_length=0)


def _open_sections() -> list[str]:
	sections = frappe.get_all("Kyodo Section", {"disabled": 0}, pluck="name", order_by="name")
	if OFFICER not in frappe.get_roles():
		own = set(sections_of(frappe.session.user))
		sections = [section for section in sections if section in own]
	return sections or [""]


def _again(name: str, year: int) -> str:
	old = frappe.get_doc(DOCTYPE, name)
	new = frappe.new_doc(DOCTYPE)
	new.update({**{field: old.get(field) for field in CARRIED}, "fiscal_year": year, "previous": old.name})
	for row in old.answers:
		new.append("answers", {"code": row.code, "answer": row.answer, "note": row.note})
	with by_service(new):  # `previous` and the questions' codes are read-only in the form; create is asked for as usual
		new.insert()
	return new.name


# -- the internal team ------------------------------------------------------------------------


def team_of(programme: str, day: str | None = None) -> dict[str, str]:
	"""{login: name} of who sits in the programme's internal team on a day."""
	filters = {"programme": programme, "kind": TEAM, "disabled": 0}
	teams = frappe.get_all("Kyodo Committee", filters, pluck="name", order_by="name")
	rows = [row for team in teams for row in seats.seats(team, "", day or nowdate())]
	return {row.user: row.member_name for row in rows if row.user}


def reviewers(doc: Document) -> dict[str, str]:
	"""{login: name} of the team without those whose own matter it is: who answered, and who works in the section."""
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


def views_of(doc: Document) -> list[Document]:
	"""The views on the answers as they were handed in last; earlier ones stay on the record and do not count."""
	return [row for row in doc.views if not doc.answered_on or str(row.said_on) >= str(doc.answered_on)]


@frappe.whitelist(methods=["POST"])
def say_view(screening: str, view: str, remark: str | None = None) -> None:
	"""Say, or change, one's view of a service as a member of the internal team.

	Raises PermissionError for who is not of the team or answered for the section, ValidationError when it is not handed
	in, concluded, or the view is none.
	"""
	doc = frappe.get_doc(DOCTYPE, screening, for_update=True)
	doc.check_permission("read")
	user, team = frappe.session.user, team_of(doc.programme)
	if user not in team:
		frappe.throw(_("Only members of the internal team say a view."), frappe.PermissionError)
	if user not in reviewers(doc):
		frappe.throw(_("This is a service of your own section: the others of the team say their view."), frappe.PermissionError)
	if doc.workflow_state != "Answered":
		frappe.throw(_("Views are said between the handing in and the conclusion. It is in the state {0}.").format(_(doc.workflow_state)))
	if view not in VIEWS:
		frappe.throw(_("Please choose a view."))
	row = next((row for row in doc.views if row.user == user), None) or doc.append("views", {"user": user})
	row.update({"member_name": team[user], "view": view, "remark": remark, "said_on": now_datetime()})
	with by_service(doc):
		doc.save(ignore_permissions=True)  # the team writes its views and nothing else; asked for above


@frappe.whitelist(methods=["GET"])
def review_of(screening: str) -> dict:
	"""What the form shows about the team: how many views are needed and there, whether this login may say one."""
	doc = frappe.get_doc(DOCTYPE, screening)
	doc.check_permission("read")
	may = reviewers(doc)
	return {
		"needed": _needed(doc, may),
		"said": len({row.user for row in views_of(doc)} & set(may)),
		"mine": frappe.session.user in may and doc.workflow_state == "Answered",
	}


def _needed(doc: Document, may: dict[str, str]) -> int:
	wanted = frappe.get_cached_value("Kyodo Programme", doc.programme, "internal_review")
	return views_needed(len(may)) if wanted else 0


# -- the conclusion ---------------------------------------------------------------------------


def check_reviewed(doc: Document):
	"""Raise ValidationError where the programme wants the team's view first and it is not there (001 4(1))."""
	may = reviewers(doc)
	if not (needed := _needed(doc, may)):
		return
	if not may:
		frappe.throw(
			_(
				"The internal team confirms new and revised services, but nobody sits in it who may. Please set up the committee “{0}”."
			).format(_(TEAM))
		)
	said = len({row.user for row in views_of(doc)} & set(may))
	if said < needed:
		frappe.throw(
			_("The internal team has not said enough yet: {0} views of {1} are needed, {2} are there.").format(needed, len(may), said)
		)


@frappe.whitelist(methods=["POST"])
def conclude(screening: str, result: str, reason: str) -> None:
	"""Conclude a screening with its result and the reason. Raises PermissionError for others than the office and for who
	answered, ValidationError for what is missing."""
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, screening, for_update=True)
	doc.check_permission("write")
	if doc.workflow_state != "Answered":
		frappe.throw(_("Only what is handed in is concluded. It is in the state {0}.").format(_(doc.workflow_state)))
	options = doc.meta.get_field("result").options.split("\n")
	if not result or result not in options or not (reason or "").strip():
		frappe.throw(_("Please choose a result and give the reason."))
	doc.result, doc.result_reason = result, reason.strip()
	with by_service(doc):
		doc.save()
	move(doc, "Conclude Screening")


@frappe.whitelist(methods=["POST"])
def make_theme_call(screening: str, call_type: str = "Theme", call_name: str | None = None, fiscal_year: int | None = None) -> str:
	"""Make the call in which partners for a service are looked for, not published yet; returns its name.

	Raises PermissionError for others than the office, ValidationError where the result says otherwise or a call is there.
	"""
	doc = _concluded(screening, FOR_CALL)
	if call_type not in FROM_SCREENING:
		frappe.throw(_("A service leads to a theme call or to the selection of a partner."))
	if doc.call:
		frappe.throw(_("The call {0} is there already.").format(doc.call))
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
	with by_service(call):  # where it comes from is read-only in the form; the right to make a call is checked as usual
		call.insert()
	_link(doc, "call", call.name)
	return call.name


@frappe.whitelist(methods=["POST"])
def turn_into_project(screening: str, fiscal_year: int | None = None, organisation: str | None = None, form: str | None = None) -> str:
	"""Make the project in which a service goes on as kyodo (001 4(3)②③); returns its name. Raises as `make_theme_call`."""
	doc = _concluded(screening, FOR_PROJECT)
	if doc.project:
		frappe.throw(_("The project {0} is there already.").format(doc.project))
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
	with by_service(project):  # `screening` is read-only in the form; the right to create is asked for as usual
		project.insert()
	_link(doc, "project", project.name)
	return project.name


def _this_year() -> int:
	return fiscal_year(getdate(nowdate()))


def _concluded(screening: str, results: tuple[str, ...]) -> Document:
	require(OFFICER)
	doc = frappe.get_doc(DOCTYPE, screening, for_update=True)
	doc.check_permission("write")
	if doc.workflow_state != "Screened" or doc.result not in results:
		frappe.throw(
			_("The screening of “{0}” has to be concluded with one of these results first: {1}.").format(
				doc.service_name, _(", ").join(_(result) for result in results)
			)
		)
	return doc


def _link(doc: Document, field: str, name: str):
	doc.set(field, name)
	with by_service(doc):
		doc.save()


def check_theme_call(call: Document):
	"""What a call says about a screening is true; where the programme wants it, a theme comes from one.

	Raises ValidationError. Source: 003 国分寺市 (事業の選別 → パートナーの選定).
	"""
	if call.screening:
		if call.is_new() or call.has_value_changed("screening") or call.has_value_changed("programme"):
			_check_comes_from(call)
	elif call.call_type in FROM_SCREENING and (call.is_new() or call.has_value_changed("call_type") or call.has_value_changed("screening")):
		if frappe.get_cached_value("Kyodo Programme", call.programme, "theme_from_screening"):
			frappe.throw(
				_(
					"Themes come from the screening of services here. Conclude a screening with the result “{0}” and make the call from it."
				).format(_("Theme Call"))
			)


def _check_comes_from(call: Document):
	row = frappe.db.get_value(DOCTYPE, call.screening, ["programme", "workflow_state", "result", "call"], as_dict=True)
	fits = row and row.programme == call.programme and row.workflow_state == "Screened" and row.result in FOR_CALL
	if not fits or (row.call and row.call != call.name):
		frappe.throw(_("The screening “{0}” does not lead to this call.").format(call.screening))


# -- what is to be looked at again ---------------------------------------------------------------


@frappe.whitelist(methods=["GET", "POST"])
def due(day: str | None = None) -> list[dict]:
	"""Screened services to look at again by a day (進行管理, 001 4(1)), a section's officer sees the own section's: [{name,
	service_name, section, kind, result, follow_up_on, progress, progress_on}]."""
	require(OFFICER, MANAGER, SECTION)
	wanted = {"workflow_state": "Screened", "follow_up_on": ["<=", getdate(day)]}
	if not {OFFICER, MANAGER} & set(frappe.get_roles()):
		wanted["section"] = ["in", sections_of(frappe.session.user) or [""]]
	return frappe.get_list(
		DOCTYPE,
		wanted,
		["name", "service_name", "section", "kind", "result", "follow_up_on", "progress", "progress_on"],
		order_by="follow_up_on, name",
		limit_page_length=0,
	)
