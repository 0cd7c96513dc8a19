"""What a letter (文書) says, as plain data for the print format "Kyodo Result Letter".

The words are Japanese whatever the language of the clerk's desk is: the letter goes to an organisation in
Japan. What a city wants to word differently (subject, opening, closing, sender) is in its programme's
letter numbering and may hold the tokens of `token_values`, written like {submitted_on}.
"""

import re

import frappe
from frappe.utils import add_days, cint, getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services import deadlines, printing
from kyodo_frappe.workflows.states import WAITING, WRITING, states

PRINT_FORMAT = "Kyodo Result Letter"
LETTER_PAGE = "@page { margin: 22mm 22mm 20mm 24mm; } body { margin: 0; }"
BUDGET_VOTED = ("Budget Confirmed", "Budget Failed")
ON_PROJECTS = {"Change Approved": "変更の内容", "Amount Confirmed": "確定の内容"}
RESULTS = {
	"Adopted": "採択",
	"Adopted Conditionally": "条件付採択",
	"Adopted Pending Budget": "採択候補（予算議決待ち）",
	"Passed to Step 2": "ステップ2において協議",
	"Not Adopted": "不採択",
}


def letter_context(letter) -> dict:
	"""Everything the letter shows, for who may print it.

	Frappe's print view lets a client bring a document of its own making: what counts is the stored letter.
	"""
	letter = frappe.get_doc("Kyodo Letter", letter.name)
	letter.check_permission("print")
	programme = frappe.get_cached_doc("Kyodo Programme", letter.programme)
	proposal = _row("Kyodo Proposal", letter.proposal, ["name", "title", "submitted_on", "received_on"])
	organisation = _row("Kyodo Organisation", letter.organisation, ["organisation_name", "representative"])
	decision = frappe.get_doc("Kyodo Decision", letter.decision) if letter.decision else None
	tokens = token_values(letter, programme, proposal, organisation, decision)
	return {
		"number": letter.letter_number or "",
		"date": era_date(letter.issued_on),
		"addressee": _addressee(organisation),
		"sender": letter.sender or programme.municipality_name,
		"subject": fill(letter.subject, tokens),
		"opening": _lines(fill(letter.opening, tokens)),
		"items": _items(letter, programme, proposal, decision),
		"reasons": _reasons(programme, decision) if letter.letter_type not in BUDGET_VOTED else [],
		"conditions": _lines(decision and decision.conditions),
		"advice": _lines(decision and decision.advice),
		"again": _again(letter, programme, decision),
		"closing": _lines(fill(letter.closing, tokens)),
		"contact": _contact(programme),
	}


def letter_pdf(letter, print_format: str = PRINT_FORMAT) -> bytes:
	"""The letter on paper. Not frappe.get_print: its page links a style sheet of the site, so that a server
	that cannot reach its own address (a closed network) would make no PDF."""
	from frappe.www.printview import get_print_format

	template = get_print_format(letter.doctype, frappe.get_cached_doc("Print Format", print_format))
	body = frappe.get_jenv().from_string(template).render({"doc": letter, "letter_context": letter_context})
	number = letter.letter_number or ""
	body = f'<div class="print-format">{body}</div>'
	return printing.pdf(body, number, head=("", number), style=LETTER_PAGE)


def token_values(letter, programme, proposal, organisation, decision) -> dict:
	"""The tokens a subject, an opening or a closing may hold."""
	submitted = proposal and (proposal.submitted_on or proposal.received_on)
	return {
		"programme_name": programme.programme_name,
		"municipality_name": programme.municipality_name,
		"committee_name": programme.committee_name or "",
		"entrance_name": programme.entrance_name or "",
		"organisation_name": organisation.organisation_name if organisation else "",
		"title": proposal.title if proposal else "",
		"submitted_on": era_date(submitted) if submitted else "先",
		"decided_on": era_date(decision.decided_on) if decision and decision.decided_on else "",
		"issued_on": era_date(letter.issued_on),
		"project_name": frappe.db.get_value("Kyodo Project", letter.project, "project_name") if letter.project else "",
		"retention_years": programme.retention_years or "",
	}


def fill(text: str | None, values: dict) -> str:
	"""Put values in the place of {tokens}; one it does not know stays as written, for the clerk to see."""
	return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), text or "")


def _row(doctype, name, fields):
	return frappe.db.get_value(doctype, name, fields, as_dict=True) if name else None


def _lines(text) -> list[str]:
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _addressee(organisation) -> list[str]:
	if not organisation:
		return []
	if not organisation.representative:
		return [f"{organisation.organisation_name}　御中"]
	return [organisation.organisation_name, f"代表者　{organisation.representative}　様"]


def _items(letter, programme, proposal, decision) -> list[dict]:
	"""The short facts under 記, in the order a letter gives them."""
	items = []
	if letter.letter_type in ON_PROJECTS:
		name = frappe.db.get_value("Kyodo Project", letter.project, "project_name")
		return [
			{"label": label, "lines": _lines(text)}
			for label, text in (("事業名", name), (ON_PROJECTS[letter.letter_type], letter.details))
			if text
		]
	if proposal:
		items.append(("提案名", proposal.title))
	if letter.letter_type == "Receipt" and proposal:
		items += [("受付番号", proposal.name), ("受付日", _date(proposal.received_on))]
	if letter.letter_type == "Correction":
		items.append(("補正をお願いする点", letter.details))
	if letter.letter_type == "Invitation" and proposal:
		items += zip(("日時", "場所"), letter.details.split("\n") if letter.details else _hearing(letter), strict=False)
	if letter.letter_type in BUDGET_VOTED:
		items += _budget_vote(letter, decision)
	elif decision:
		items += _replaced(decision)
		items.append(("審議の結果", RESULTS.get(decision.result, decision.result)))
		items.append(("決定した日", _date(decision.decided_on)))
		if decision.amount:
			items.append(("市の負担額", f"{cint(decision.amount):,}円"))
	return [{"label": label, "lines": _lines(text)} for label, text in items if text]


def _replaced(decision) -> list[tuple]:
	"""The letter that a corrected result takes the place of: by number and day (先の通知)."""
	if not decision.replaces:
		return []
	old = frappe.get_all(
		"Kyodo Letter",
		{"decision": decision.replaces, "letter_type": ["not in", BUDGET_VOTED]},
		["letter_number", "issued_on"],
		order_by="creation asc",
		limit=1,
	)
	return [("先の通知", f"{era_date(row.issued_on)}付け{row.letter_number}　（この通知により改めます。）") for row in old]


def _budget_vote(letter, decision) -> list[tuple]:
	"""What the council's vote on the budget has made of an adoption."""
	voted_on = frappe.db.get_value("Kyodo Proposal", letter.proposal, "budget_voted_on")
	confirmed = letter.letter_type == "Budget Confirmed"
	items = [("結果", "採択（確定）" if confirmed else "不採択")]
	items.append(("予算の議決の日", _date(voted_on)))
	if confirmed and decision and decision.amount:
		items.append(("市の負担額", f"{cint(decision.amount):,}円"))
	items.append(("理由", letter.details))
	return items


def _date(value) -> str:
	return era_date(getdate(value)) if value else ""


def _hearing(letter) -> list[str]:
	"""When and where: the next meeting that has the proposal on its agenda."""
	meeting, item = frappe.qb.DocType("Kyodo Meeting"), frappe.qb.DocType("Kyodo Agenda Item")
	found = (
		frappe.qb.from_(meeting)
		.join(item)
		.on((item.parent == meeting.name) & (item.parenttype == "Kyodo Meeting"))
		.select(meeting.meeting_date, meeting.begins_at, meeting.place, item.begins_at.as_("item_begins_at"))
		.where((item.proposal == letter.proposal) & (meeting.meeting_date >= letter.issued_on))
		.where(meeting.workflow_state.isin(states("Kyodo Meeting", WRITING, WAITING)))
		.orderby(meeting.meeting_date)
		.limit(1)
		.run(as_dict=True)
	)
	if not found:
		return []
	return hearing_words(found[0].meeting_date, found[0].item_begins_at or found[0].begins_at, found[0].place)


def hearing_words(day, time: str | None, place: str | None) -> list[str]:
	"""Day and hour, then the place, each as a line of a letter."""
	hour, _colon, minute = (time or "").partition(":")
	hour = f"　{int(hour)}時{minute}分から" if hour else ""
	return [line for line in (era_date(day) + hour, place) if line]


def _reasons(programme, decision) -> list[dict]:
	if not decision:
		return []
	parts = {row.field: row.label_text for row in programme.sheet_parts}
	return [
		{
			"question": row.question or row.criterion or "",
			"finding": row.finding or "",
			"reason": _lines(row.reason),
			"part": parts.get(row.field, ""),
		}
		for row in decision.reasons
	]


def _again(letter, programme, decision) -> list[str]:
	"""How to come back: a proposal that was not taken is never thrown away."""
	if not (_tells(letter, decision, "Not Adopted") or letter.letter_type == "Budget Failed"):
		return []
	desk = programme.entrance_name or programme.municipality_name
	lines = [
		"今回の提案は、上記の理由及び助言を踏まえて見直し、再提案することができます。"
		"今回の基本シートの内容は、再提案の下書きに引き継ぐことができます。",
		f"再提案に向けた相談は、{desk}でお受けします。",
	]
	day = _next_deadline(programme, letter.issued_on)
	if day:
		lines.append(f"予算措置の必要な提案の次の締切は、{era_date(day)}です。予算措置を必要としない提案は、随時受け付けます。")
	return lines


def _tells(letter, decision, result: str) -> bool:
	"""Whether a letter is the first or the corrected word of this result."""
	return letter.letter_type == result or bool(
		letter.letter_type == "Corrected Result" and decision and decision.result == result
	)


def _next_deadline(programme, after):
	"""The next day until which a proposal that needs city money can come in; None without such a rule."""
	rule = deadlines.rule_of(programme.name, deadlines.BUDGET_PROPOSAL)
	if rule is None or not rule.yearly:
		return None
	tomorrow = add_days(getdate(after), 1)
	year = deadlines.round_of(programme.name, needs_budget=True, day=tomorrow)
	return deadlines.due(programme.name, deadlines.BUDGET_PROPOSAL, year=year)


def _contact(programme) -> dict:
	section = _row("Kyodo Section", programme.office_section, ["section_name", "phone", "email"]) or frappe._dict()
	name = "　".join(filter(None, [programme.municipality_name, section.section_name]))
	return {
		"name": f"{name}（{programme.entrance_name}）" if programme.entrance_name else name,
		"phone": section.phone or "",
		"email": section.email or "",
	}
