"""The content of a letter (文書) as plain data for its print format.

Letters are Japanese in every language of the desk. Their texts come from the programme's row for the letter type
(letters/wording.py) and are stored with the letter when it is issued.
"""

import base64
import json
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, get_fullname, getdate, nowdate

from kyodo_frappe.common import file_types, printing, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.letters import wording
from kyodo_frappe.programme import call_budget, city_words, deadlines, form, payable, years
from kyodo_frappe.rules import points, totals
from kyodo_frappe.rules.era import era_date, era_year, fiscal_year, from_time
from kyodo_frappe.workflows.states import WAITING, WRITING, states

PRINT_FORMAT = "Kyodo Result Letter"
LETTER_PAGE = "@page { margin: 22mm 22mm 20mm 24mm; }"
NO_PAGE_NUMBER = ".running.foot { display: none; }"  # a letter on one page has none
BUDGET_LETTERS = ("Budget Confirmed", "Budget Failed")
LATER_LETTERS = (*BUDGET_LETTERS, "Moved Up")  # after the letter about the decision, which gave its reasons
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")


PROPOSAL_FIELDS = [
	*("name", "title", "submitted_on", "received_on", "budget_voted_on"),
	*("moved_up_on", "declined_on", "decline_letter_on"),
]


@dataclass(frozen=True)
class Facts:
	"""The records a letter is about; empty where it has none."""

	letter: Document
	programme: Document
	proposal: frappe._dict
	organisation: frappe._dict
	decision: Document | frappe._dict
	project: frappe._dict
	evaluation: frappe._dict

	@classmethod
	def of(cls, letter: Document) -> "Facts":
		"""Load the records of a letter."""
		get = lambda doctype, name, fields: (name and frappe.db.get_value(doctype, name, fields, as_dict=True)) or frappe._dict()
		return cls(
			letter,
			frappe.get_cached_doc("Kyodo Programme", letter.programme),
			get("Kyodo Proposal", letter.proposal, PROPOSAL_FIELDS),
			get("Kyodo Organisation", letter.organisation, ["organisation_name", "representative"]),
			frappe.get_doc("Kyodo Decision", letter.decision) if letter.decision else frappe._dict(),
			get("Kyodo Project", letter.project, ["project_name", "form"]),
			get("Kyodo Evaluation Round", letter.evaluation_round, ["fiscal_year", "phase", "outcome", "committee_view"]),
		)


def letter_context(letter) -> dict:
	"""Return everything the letter shows, for users who may print it (Jinja method of the print format).

	Frappe's print view accepts a document from the client, so the stored letter is loaded again. Raises PermissionError.
	"""
	letter = frappe.get_doc("Kyodo Letter", letter.name)
	letter.check_permission("print")
	return context_of(letter)


def context_of(letter: Document) -> dict:
	"""Return everything a letter shows. The caller has checked the permission.

	What has been put before the approvers is shown as it was then; number and date are those of the letter.
	"""
	content = json.loads(letter.content) if letter.get("content") else content_of(letter)
	return {**content, "number": letter.letter_number or "", "date": era_date(letter.issued_on) if letter.issued_on else _open_date()}


def _open_date() -> str:
	"""Return the date of a letter that has none yet, to be filled in: 令和　　年　　月　　日"""
	return _("{0}      (date of a letter to be filled in)", lang=RECORD_LANGUAGE).format(era_year(fiscal_year(getdate()))[:2])


def content_of(letter: Document) -> dict:
	"""Return what a letter shows besides its number and date, from the records as they are now."""
	facts = Facts.of(letter)
	decision = facts.decision
	is_result = letter.letter_type not in LATER_LETTERS
	value_of = _values_for(letter, facts)
	return {
		"addressee": _addressee(facts.organisation),
		"sender": letter.sender or city_words.mayor(facts.programme) or facts.programme.municipality_name,
		"subject": wording.fill(letter.subject, value_of),
		"opening": printing.lines(wording.fill(letter.opening, value_of)),
		"items": wording.items(letter.get("items"), value_of),
		"below": printing.lines(decision.below_reason) if is_result else [],
		"points": _points(facts.programme, decision) if decision and is_result else [],
		"total": _total(facts.programme, decision) if decision and is_result else [],
		"reasons": _reasons(facts.programme, decision) if decision and is_result else [],
		"conditions": printing.lines(decision.conditions),
		"advice": printing.lines(decision.advice),
		"again": wording.lines(letter.again, value_of) if _mentions_reapplication(facts) else [],
		"closing": printing.lines(wording.fill(letter.closing, value_of)),
		"contact": _contact(facts.programme, letter),
	}


def _values_for(letter: Document, facts: Facts) -> Callable[[str], str | None]:
	"""Return the function that gives a token its value; none has one where the texts have been filled in already."""

	def value_of(token: str) -> str | None:
		return TOKENS[token](facts) if token in TOKENS and not letter.get("filled") else None

	return value_of


def fill_in(letter: Document):
	"""Write the values of the tokens into the texts of a draft, so that the office edits what will be read."""
	facts = Facts.of(letter)
	value_of = _values_for(letter, facts)
	letter.subject = wording.fill(letter.subject, value_of)
	letter.opening = wording.fill(letter.opening, value_of)
	letter.closing = wording.fill(letter.closing, value_of)
	letter.again = "\n".join(wording.lines(letter.again, value_of)) if _mentions_reapplication(facts) else ""
	letter.set("items", wording.items_text(wording.items(letter.get("items"), value_of)))
	letter.filled = 1


def letter_pdf(letter: Document) -> bytes:
	"""Return the letter as PDF, in the print format and with the letter head of its type.

	frappe.get_print is not used: its page links a style sheet of the site, and a server that cannot reach its own address
	(a closed network) would make no PDF.
	"""
	number, body = letter.letter_number or "", letter_body(letter)
	document = printing.layout(body, number, head=("", number), style=LETTER_PAGE + NO_PAGE_NUMBER)
	if len(document.pages) > 1:
		document = printing.layout(body, number, head=("", number), style=LETTER_PAGE)
	return document.write_pdf()


def letter_html(letter: Document) -> str:
	"""Return the page from which `letter_pdf` is made, to be shown beside a draft. Nothing in it is fetched."""
	number = letter.letter_number or ""
	return printing.page(letter_body(letter), number, head=("", number), style=LETTER_PAGE)


def letter_body(letter: Document) -> str:
	"""Return the body of the letter as HTML, with its letter head and images embedded."""
	from frappe.www.printview import get_print_format  # a page of Frappe's, for the processes that print

	template = get_print_format(letter.doctype, frappe.get_cached_doc("Print Format", letter.print_format or PRINT_FORMAT))
	body = frappe.get_jenv().from_string(template).render({"doc": letter, "letter_context": lambda _doc: context_of(letter)})
	header, footer = _letter_head(letter)
	return _embed_images(f'{header}<div class="print-format">{body}</div>{footer}')


def _letter_head(letter: Document) -> tuple[str, str]:
	"""Return (header, footer): HTML above the first page and below the last one."""
	head = letter.letter_head and frappe.db.get_value("Letter Head", letter.letter_head, ["content", "footer", "disabled"], as_dict=True)
	if not head or head.disabled:
		return "", ""
	return head.content or "", head.footer or ""


def _embed_images(html: str) -> str:
	"""Embed images of the site: the PDF engine opens no addresses (common/printing.py)."""

	def embed(found: re.Match) -> str:
		name = frappe.db.get_value("File", {"file_url": found[2], "attached_to_doctype": ["in", ["Letter Head", "Print Format"]]})
		suffix = next((suffix for suffix in IMAGE_SUFFIXES if found[2].lower().endswith(suffix)), None)
		if not name or not suffix:
			return found[0]
		content = base64.b64encode(file_types.content_of(frappe.get_doc("File", name))).decode()
		return f"{found[1]}data:{mimetypes.types_map.get(suffix, 'image/webp')};base64,{content}{found[3]}"

	return re.sub(r"""(src=["'])((?:/private)?/files/[^"']+)(["'])""", embed, html)


def _addressee(organisation) -> list[str]:
	if not organisation:
		return []
	if not organisation.representative:
		return [_("{0} (letter to an organisation)", lang=RECORD_LANGUAGE).format(organisation.organisation_name)]
	return [
		organisation.organisation_name,
		_("Representative {0} (letter to a person)", lang=RECORD_LANGUAGE).format(organisation.representative),
	]


# -- tokens of a wording -------------------------------------------------------------------


def _date(value) -> str:
	return era_date(getdate(value)) if value else ""


def _amount(facts: Facts) -> str:
	granted = call_budget.granted_by(facts.decision) if facts.decision else 0
	return years.amount_in_words(facts.decision, granted, RECORD_LANGUAGE) if granted else ""


def _computation(facts: Facts) -> str:
	"""How the amount that may be paid was computed; "" where nothing limits it."""
	if not facts.proposal.name:
		return ""
	found = payable.of_proposal(frappe.get_doc("Kyodo Proposal", facts.proposal.name))
	return "" if found.limit is None else payable.describe_limit(found, RECORD_LANGUAGE)


def _replaced_letter(facts: Facts) -> frappe._dict:
	"""Return {letter_number, issued_on} of the letter about the decision that a correction replaces (先の通知)."""
	if not facts.decision.replaces:
		return frappe._dict()
	first = {"decision": facts.decision.replaces, "letter_type": ["not in", LATER_LETTERS]}
	return (
		frappe.db.get_value("Kyodo Letter", first, ["letter_number", "issued_on"], as_dict=True, order_by="creation asc") or frappe._dict()
	)


def _word(field: str) -> Callable[[Facts], str]:
	"""A word of the form of collaboration, or of all forms of the programme while none is chosen."""
	return lambda facts: city_words.words_of(facts.programme, facts.project.form)[field]


def _hearing_line(number: int) -> Callable[[Facts], str]:
	def line(facts: Facts) -> str:
		schedule = facts.letter.details.split("\n") if facts.letter.details else _hearing(facts.letter)
		return schedule[number] if len(schedule) > number else ""

	return line


# {token: its value, from the facts of a letter}; "" if there is none
TOKENS: dict[str, Callable[[Facts], str]] = {
	"programme_name": lambda facts: facts.programme.programme_name,
	"municipality_name": lambda facts: facts.programme.municipality_name,
	"committee_name": lambda facts: facts.programme.committee_name or "",
	"entrance_name": lambda facts: facts.programme.entrance_name or "",
	"desk": lambda facts: facts.programme.entrance_name or facts.programme.municipality_name,
	"organisation_name": lambda facts: facts.organisation.organisation_name or "",
	"title": lambda facts: facts.proposal.title or "",
	"proposal": lambda facts: facts.proposal.name or "",
	"submitted_on": lambda facts: _date(facts.proposal.submitted_on or facts.proposal.received_on) or _("earlier", lang=RECORD_LANGUAGE),
	"received_on": lambda facts: _date(facts.proposal.received_on),
	"result": lambda facts: vocabulary.word(vocabulary.RESULT, facts.decision.result, RECORD_LANGUAGE),
	"decided_on": lambda facts: _date(facts.decision.decided_on),
	"amount": _amount,
	"rank": lambda facts: str(facts.decision.rank or "") if facts.decision.result == call_budget.RESERVE else "",
	"moved_up_on": lambda facts: _date(facts.proposal.moved_up_on),
	"declined_on": lambda facts: _date(facts.proposal.decline_letter_on or facts.proposal.declined_on),
	"computation": _computation,
	"replaced_number": lambda facts: _replaced_letter(facts).letter_number or "",
	"replaced_on": lambda facts: _date(_replaced_letter(facts).issued_on),
	"budget_voted_on": lambda facts: _date(facts.proposal.budget_voted_on),
	"hearing_time": _hearing_line(0),
	"hearing_place": _hearing_line(1),
	"details": lambda facts: facts.letter.details or "",
	"issued_on": lambda facts: _date(facts.letter.issued_on),
	"project_name": lambda facts: facts.project.project_name or "",
	"agreement_word": _word("agreement_word"),
	"money_word": _word("money_word"),
	"next_step": _word("next_step"),
	"retention_years": lambda facts: str(facts.programme.retention_years or ""),
	"next_deadline": lambda facts: _date(_next_deadline(facts.programme, facts.letter.issued_on or nowdate())),
	"evaluated_year": lambda facts: era_year(facts.evaluation.fiscal_year) if facts.evaluation.fiscal_year else "",
	"phase": lambda facts: printing.word(facts.evaluation.phase),
	"outcome": lambda facts: printing.word(facts.evaluation.outcome),
	"committee_view": lambda facts: facts.evaluation.committee_view or "",
}


def _hearing(letter) -> list[str]:
	"""Return time and place of the next meeting with the proposal on its agenda."""
	meeting, item = frappe.qb.DocType("Kyodo Meeting"), frappe.qb.DocType("Kyodo Agenda Item")
	found = (
		frappe.qb.from_(meeting)
		.join(item)
		.on((item.parent == meeting.name) & (item.parenttype == "Kyodo Meeting"))
		.select(meeting.meeting_date, meeting.begins_at, meeting.place, item.begins_at.as_("item_begins_at"))
		.where((item.proposal == letter.proposal) & (meeting.meeting_date >= (letter.issued_on or nowdate())))
		.where(meeting.workflow_state.isin(states("Kyodo Meeting", WRITING, WAITING)))
		.orderby(meeting.meeting_date)
		.limit(1)
		.run(as_dict=True)
	)
	if not found:
		return []
	return hearing_words(found[0].meeting_date, found[0].item_begins_at or found[0].begins_at, found[0].place)


def hearing_words(day, time: str | None, place: str | None) -> list[str]:
	"""Return date and time, then the place, each as a line of a letter."""
	return [line for line in (era_date(day) + (f"　{from_time(time)}" if time else ""), place) if line]


def _reasons(programme, decision) -> list[dict]:
	parts = form.headings_in(programme)
	return [
		{
			"question": row.question or row.criterion or "",
			"finding": row.finding or "",
			"reason": printing.lines(row.reason),
			"part": parts.get(row.field, ""),
		}
		for row in decision.reasons
	]


def _points(programme, decision) -> list[dict]:
	"""Return [{question, points, comments}] if the programme publishes points or comments per item; points: "" if it does not publish them."""
	said = [
		{
			"question": row.question or row.criterion,
			"points": points.text(row) if programme.points_per_item else "",
			"comments": printing.lines(row.comments) if programme.comments_in_letters else [],
		}
		for row in decision.points
	]
	return [row for row in said if row["points"] or row["comments"]]


def _total(programme, decision) -> list[str]:
	"""Return the total as lines (121／150) if the programme publishes points per item and counts in points of its own."""
	if not programme.points_per_item or not decision.score_out_of:
		return []
	if decision.score_out_of == totals.PERCENT and not decision.score_note:
		return []
	return [points.of(decision.score_points, decision.score_out_of), *printing.lines(decision.score_note)]


def _mentions_reapplication(facts: Facts) -> bool:
	"""Whether the letter mentions how to apply again: every type that has the text; corrections only if the proposal was turned down."""
	return facts.letter.letter_type != "Corrected Result" or facts.decision.result == "Not Adopted"


def _next_deadline(programme, after):
	"""Return the next deadline for proposals that need city money after a day; None without such a rule."""
	rule = deadlines.rule_of(programme.name, deadlines.BUDGET_PROPOSAL)
	if rule is None or not rule.yearly:
		return None
	tomorrow = add_days(getdate(after), 1)
	year = deadlines.round_of(programme.name, needs_budget=True, day=tomorrow)
	return deadlines.due(programme.name, deadlines.BUDGET_PROPOSAL, year=year)


def _contact(programme, letter) -> dict:
	fields = ["section_name", "phone", "email"]
	section = frappe.db.get_value("Kyodo Section", programme.office_section, fields, as_dict=True) or frappe._dict()
	name = "　".join(filter(None, [programme.municipality_name, section.section_name]))
	return {
		"name": f"{name}（{programme.entrance_name}）" if programme.entrance_name else name,
		"person": _person_in_charge(letter),
		"phone": section.phone or "",
		"email": section.email or "",
	}


def _person_in_charge(letter) -> str:
	"""Return the name of the clerk who has drafted or issued a letter; "" where the act was not one of the city's."""
	user = letter.get("drafted_by") or letter.get("issued_by")
	if not user or user in frappe.STANDARD_USERS or frappe.get_cached_value("User", user, "user_type") != "System User":
		return ""
	return get_fullname(user)
