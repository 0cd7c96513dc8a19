"""Pages of the support centre for organisations, and for members who belong to none yet."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support import introductions, matching, portal_fields, surveys
from kyodo_frappe.support import public as centre_public
from kyodo_frappe.support.pages.listing import NEW
from kyodo_frappe.support.pages.needs import need_form
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, task, titles_of
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick

OPEN_SHEETS = (surveys.ASKED, surveys.BEGUN)


def support() -> dict:
	"""Context of the page with the form for a question, and the user's own questions, needs, introductions and surveys."""
	_require_member()
	user = frappe.session.user
	typed = forms.refused_input("ask")
	need = centre_public.need(str(frappe.form_dict.get("need") or ""))
	writable = organisations_of(user, WRITERS)
	return {
		"title": centre_public.centre().name,
		"organisations": _organisation_choices(organisations_of(user)),
		"writes": bool(writable),
		"topics": forms.choices(support_cases.CASE, "topic"),
		"values": {
			"subject": typed.get("subject") or (_("About “{0}”").format(need.title)[:140] if need else ""),
			"content": typed.get("content", ""),
			"topic": typed.get("topic") or ("Finding Partners" if need else "Other"),
			"organisation": typed.get("organisation", writable[0] if writable else ""),
			"about_need": typed.get("about_need") or (need.name if need else ""),
		},
		"about": need,
		"asking": bool(typed or need),
		"cases": _cases(),
		"asking_on": _refused_question(),
		"needs": _needs(),
		"introductions": introductions.list_for_user(),
		"surveys": sheets(),
	}


def _refused_question() -> dict:
	"""Return {case, question} of a further question that was refused, or {}."""
	typed = (forms.current_notice() or {}).get("typed") or {}
	return typed if str(typed.get("form", "")).startswith("more:") else {}


def _cases() -> list[dict]:
	rows = frappe.get_list(
		support_cases.CASE,
		fields=["name", "subject", "topic", "state", "received_on", "content", "answer", "answered_on", "organisation"],
		order_by="received_on desc, creation desc",
		limit=MOST,
	)
	names = titles_of("Kyodo Organisation", "organisation_name", [row.organisation for row in rows])
	for row in rows:
		row.whose = names.get(row.organisation, "")
	return rows


def own_cases() -> list[dict]:
	"""Return the questions that the user or an organisation of theirs has asked the centre, the latest first."""
	own = organisations_of(frappe.session.user)
	return frappe.get_list(
		support_cases.CASE,
		fields=["name", "subject", "state", "received_on"],
		or_filters={"asked_by": frappe.session.user, "organisation": among(own)},
		order_by="received_on desc, creation desc",
		limit=500,
	)


def _needs() -> list[dict]:
	own = organisations_of(frappe.session.user)
	if not own:
		return []
	return frappe.get_list(
		matching.NEED,
		{"organisation": ["in", own]},
		["name", "title", "kind", "what", "state", "published", "wants_publishing", "open_until"],
		order_by="modified desc",
		limit=MOST,
	)


def need(name: str) -> dict:
	"""The form of a need of one's own organisation, or of a new one."""
	_require_member()
	writable = organisations_of(frappe.session.user, WRITERS)
	doc = frappe.new_doc(matching.NEED) if name == NEW else page_record(matching.NEED, name)
	if not writable or (name != NEW and doc.organisation not in writable):
		raise frappe.PageDoesNotExistError
	typed = forms.refused_input(f"own-need:{name}")
	return {
		"title": doc.title or _("Record a need or an offer"),
		"doc": pick(doc, "name", "modified", "state", "published", "wants_publishing", "outcome"),
		"new": name == NEW,
		"live": name == NEW or doc.state in matching.LIVE,
		"organisations": _organisation_choices(writable),
		"organisation": typed.get("organisation") or doc.organisation or writable[0],
		**need_form(doc, portal_fields.OWN_NEED, f"own-need:{name}"),
	}


def sheets(states: tuple[str, ...] | None = None) -> list[dict]:
	"""Return the sheets of one's organisations (in these states), those of open surveys first."""
	own = organisations_of(frappe.session.user)
	if not own:
		return []
	rows = frappe.get_list(
		surveys.RESPONSE,
		{"organisation": ["in", own], **({"state": ["in", states]} if states else {})},
		["name", "survey", "survey_title", "organisation_name", "state", "answered_on"],
		order_by="creation desc",
		limit=MOST,
	)
	if not rows:
		return []
	# a sheet shows title and days of its survey, which organisations have no permission to read
	known = {
		row.name: row
		for row in frappe.get_all(
			surveys.SURVEY,
			{"name": among([row.survey for row in rows])},
			["name", "state", "closes_on"],
			order_by="name",
		)
	}
	for row in rows:
		row.open, row.closes_on = known[row.survey].state == surveys.OPEN, known[row.survey].closes_on
	return sorted(rows, key=lambda row: not row.open)


def survey(name: str) -> dict:
	"""The sheet of one's organisation, to fill in or to read."""
	sheet = page_record(surveys.RESPONSE, name)
	if sheet.organisation not in organisations_of(frappe.session.user):
		raise frappe.PageDoesNotExistError
	doc = frappe.get_doc(surveys.SURVEY, sheet.survey)
	typed = forms.refused_input(f"sheet:{name}")
	notice = forms.current_notice() or {}
	may_answer = surveys.may_answer(sheet)
	answers = {row.code: row.answer for row in sheet.answers}
	return {
		"title": doc.title,
		"survey": pick(doc, "introduction", "closes_on", "state", "publish_totals", "name"),
		"sheet": pick(sheet, "name", "modified", "organisation_name", "state", "answered_on"),
		"questions": [_question(row, number, answers, typed) for number, row in enumerate(doc.questions)],
		"may_answer": may_answer,
		"problems": notice.get("problems") or [],
		"earlier": len(surveys.earlier_answers(sheet)) if may_answer and not sheet.answers else 0,
	}


def _question(row: Document, number: int, answers: dict, typed: dict) -> dict:
	choices = surveys.rules.choices(row)
	several = row.kind == surveys.rules.MULTIPLE_CHOICE
	if typed and several:
		value = "\n".join(choice for at, choice in enumerate(choices) if typed.get(f"answer-{number}-{at}"))
	elif typed:
		value = typed.get(f"answer-{number}", "")
	else:
		value = answers.get(row.code) or ""
	return {
		"number": number,
		"code": row.code,
		"question": row.question,
		"kind": row.kind,
		"required": row.required,
		"choices": choices,
		"several": several,
		"value": value,
		"chosen": surveys.rules.selected_choices(value),
	}


def tasks(with_sheets: bool = True) -> list[dict]:
	"""Return the tasks of an organisation's members: sheets to hand in, introductions to answer. with_sheets: whether there are any."""
	found = [
		task(_("Survey to answer"), row.survey_title, f"/kyodo/my/surveys/{row.name}", due=row.closes_on, act=_("Give an answer"))
		for row in (sheets(OPEN_SHEETS) if with_sheets else ())
		if row.open
	]
	return found + [
		task(_("Introduction to answer"), row.title, "/kyodo/my/support#matches", act=_("Give an answer"))
		for row in introductions.list_for_user((introductions.INTRODUCED,))
		if not row.answer
	]


def _organisation_choices(names: list[str]) -> list[tuple[str, str]]:
	titles = titles_of("Kyodo Organisation", "organisation_name", names)
	return [(name, titles.get(name, name)) for name in names]


def _require_member():
	if ORGANISATION not in frappe.get_roles():
		raise frappe.PageDoesNotExistError


PAGES = (
	Page("my/support", "support/support", support),
	Page("my/support/needs/<name>", "support/own_need", need),
	Page("my/surveys/<name>", "support/survey", survey),
)
