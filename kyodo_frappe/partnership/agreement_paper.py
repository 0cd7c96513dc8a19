"""An agreement on paper: its text, annexes, places for seals and the hash of the text.

Every page is marked 案 until the agreement is concluded. The PDF of a concluded agreement is printed once and kept.
Sources: domain.md §4 協定書; 小平 (覚書・議事録 in which both sides recognise their roles).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_datetime

from kyodo_frappe.common import background, printing, scheduling
from kyodo_frappe.common.language import RECORD_LANGUAGE, Translated, _lt
from kyodo_frappe.common.printing import BOUNDS, NO_DATE, SIDES, day, lines, number, yen
from kyodo_frappe.partnership import parties as project_parties
from kyodo_frappe.permissions import attachments
from kyodo_frappe.programme import city_words
from kyodo_frappe.programme.versions import rules_of_project
from kyodo_frappe.proposals import paper_forms
from kyodo_frappe.rules.era import era_date, time_text
from kyodo_frappe.workflows.states import states

AGREEMENT = "Kyodo Agreement"
TITLES = Translated({"Agreement": _lt("Agreement"), "Memorandum": _lt("Memorandum"), "Minutes": _lt("Minutes")})
OPENING_CLAUSES = Translated(
	{
		"Agreement": _lt("On carrying out “{1}”, {0} conclude this agreement:"),
		"Memorandum": _lt("On carrying out “{1}”, {0} exchange this memorandum:"),
		"Minutes": _lt("On carrying out “{1}”, {0} have talked and confirmed this:"),
	}
)
CLOSING_CLAUSES = Translated(
	{
		"Agreement": _lt("In witness of this agreement, {0} copies are made; {1} put names and seals to them and keep one each."),
		"Memorandum": _lt("In witness of this memorandum, {0} copies are made; {1} put names and seals to them and keep one each."),
		"Minutes": _lt("{1} recognise each other's roles and confirm what these minutes say."),
	}
)
# for an agreement that its form of collaboration calls by a word of its own (契約)
OWN_WORD = Translated(
	{
		"title": _lt("{0} (title of an agreement)"),
		"opening": _lt("On carrying out “{1}”, {0} conclude this {2}:"),
		"closing": _lt("In witness of this {2}, {0} copies are made; {1} put names and seals to them and keep one each."),
	}
)
SHORT_HASH = 12
# a paper on the screen has a margin of its own, and no running head and foot
ON_SCREEN = "body { margin: 16px 24px; background: #fff; color: #000; } .running { display: none; }"


# -- download and storage --------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def download(agreement: str) -> None:
	"""Send the agreement as a PDF. Raises PermissionError."""
	doc = project_parties.get_permitted(AGREEMENT, agreement)
	frappe.local.response.filename = f"{doc.name}.pdf"
	frappe.local.response.filecontent = attachments.stored_pdf(doc) or pdf_of(doc)
	frappe.local.response.type = "pdf"


def enqueue_pdf(agreement: Document):
	"""Print and store the PDF of a concluded agreement in the background."""
	job = f"kyodo-agreement-{agreement.name}"
	background.after_commit("kyodo_frappe.partnership.agreement_paper.keep_pdf", queue="short", job_id=job, agreement=agreement.name)


def keep_pdf(agreement: str) -> str | None:
	"""Print a concluded agreement once and attach the file to the record; returns its URL.

	Repeated calls return the stored file. Returns None while the agreement is not concluded.
	"""
	doc = frappe.get_doc(AGREEMENT, agreement, for_update=True)
	if doc.pdf or doc.workflow_state not in states(AGREEMENT, public=True):
		return doc.pdf or None
	return attachments.store_pdf(doc, pdf_of(doc))


def keep_missing_pdfs():
	"""Keep the PDFs of concluded agreements whose job was lost (hooks.py, scheduler)."""
	scheduling.for_each(AGREEMENT, attachments.without_pdf(AGREEMENT, states(AGREEMENT, public=True)), keep_pdf)


# -- printing ---------------------------------------------------------------------------------


def pdf_of(agreement: Document) -> bytes:
	"""The agreement as a PDF, with page numbers and the beginning of the hash at the foot of each page."""
	paper = paper_context(agreement)
	foot = _("{0}  hash {1} (foot of an agreement)", lang=RECORD_LANGUAGE).format(paper.name, paper.short_hash)
	if paper.draft:
		foot = _("Draft (not concluded yet)", lang=RECORD_LANGUAGE) + "　" + foot
	head = (f"{paper.title}　{paper.subject}", paper.name)
	return printing.pdf(printing.render("agreement_text", {"paper": paper}), f"{paper.title}　{paper.name}", head=head, foot=foot)


def screen_of(agreement: Document) -> str:
	"""The same sheet as an HTML page for a frame on the screen. The caller has checked the permission to read the agreement."""
	paper = paper_context(agreement)
	return printing.page(printing.render("agreement_text", {"paper": paper}), paper.title, style=ON_SCREEN)


def agreement_paper(agreement: Document) -> frappe._dict:
	"""The context of the print format. Raises PermissionError.

	Reads the stored agreement, since Frappe's print view lets a client send a document of its own.
	"""
	doc = frappe.get_doc(AGREEMENT, agreement.name)
	doc.check_permission("print")
	return paper_context(doc)


# -- content -----------------------------------------------------------------------------


def paper_context(doc: Document) -> frappe._dict:
	"""Everything an agreement says, in Japanese and in the order of the paper. The caller has checked the permission to read it."""
	parties = _parties(doc)
	return frappe._dict(
		name=doc.name,
		draft=doc.workflow_state not in states(AGREEMENT, public=True),
		kind=doc.agreement_kind,
		form_number=paper_forms.heading(rules_of_project(doc.project), "Agreement").number,
		title=_title(doc),
		subject=frappe.db.get_value("Kyodo Project", doc.project, "project_name"),
		parties=parties,
		opening=_opening(doc, parties),
		facts=_facts(doc),
		minutes=lines(doc.minutes_text),
		clauses=[{"number": row.idx, "heading": row.heading, "paragraphs": lines(row.body)} for row in doc.clauses],
		closing=_closing(doc, parties),
		date=day(doc.concluded_on) or NO_DATE,
		**_annexes(doc),
		annexes=[row.document for row in doc.annexes],
		**_confirmation_context(doc),
	)


def _title(doc: Document) -> str:
	word = _own_word(doc)
	title = OWN_WORD["title"].format(word) if word else TITLES[doc.agreement_kind]
	return _("{0} amending an earlier one", lang=RECORD_LANGUAGE).format(title) if doc.replaces else title


def _own_word(doc: Document) -> str:
	"""What the form of collaboration calls an agreement document; "" if it says nothing, and for a memorandum or minutes."""
	is_document = doc.agreement_kind == "Agreement" and doc.form
	return city_words.own_words(rules_of_project(doc.project), doc.form)["agreement_word"] if is_document else ""


def _annexes(doc: Document) -> dict:
	return {
		"roles": [(SIDES[row.side], lines(row.role)) for row in doc.roles],
		"costs": _costs(doc),
		"schedule": [(row.period, lines(row.activity), SIDES.get(row.side, "")) for row in doc.schedule],
		"indicators": [_indicator(row) for row in doc.indicators],
	}


def _confirmation_context(doc: Document) -> dict:
	"""Who has confirmed which text, and whether the agreement still holds."""
	content_hash = doc.content_hash or ""
	return {
		"confirmations": [_confirmation(row) for row in doc.confirmations],
		"esign": doc.esign_id and f"{doc.esign_service or ''}　{doc.esign_id}".strip(),
		"terminated": doc.workflow_state == "Terminated" and _("{0}  terminated", lang=RECORD_LANGUAGE).format(day(doc.terminated_on)),
		"hash": content_hash,
		"short_hash": content_hash[:SHORT_HASH],
	}


def _parties(doc: Document) -> list[frappe._dict]:
	"""The city is always 甲; the organisations follow in the order of the agreement."""
	ordered = sorted(doc.parties, key=lambda row: row.side != "City")
	return [
		frappe._dict(letter=_letter(number), name=row.party_name, side=row.side, representative=row.representative)
		for number, row in enumerate(ordered)
	]


def _letter(number: int) -> str:
	letters = _("A B C D E F G H I J (parties of an agreement)", lang=RECORD_LANGUAGE).split()
	return letters[number] if number < len(letters) else _("Party {0}", lang=RECORD_LANGUAGE).format(number + 1)


def _opening(doc: Document, parties: list[frappe._dict]) -> list[str]:
	called = _("{0} (hereafter “{1}”)", lang=RECORD_LANGUAGE)
	named = _join([called.format(party.name, party.letter) for party in parties])
	subject = frappe.db.get_value("Kyodo Project", doc.project, "project_name")
	word = _own_word(doc)
	said = [(OWN_WORD["opening"] if word else OPENING_CLAUSES[doc.agreement_kind]).format(named, subject, word)]
	if doc.replaces:
		old = frappe.db.get_value(AGREEMENT, doc.replaces, ["agreement_kind", "concluded_on"], as_dict=True)
		text = _("It replaces the whole text of the {1} of {0} ({2}).", lang=RECORD_LANGUAGE).format(
			day(old.concluded_on), TITLES[old.agreement_kind], doc.replaces
		)
		if doc.amend_reason:
			text += _("It is changed for this reason: {0}", lang=RECORD_LANGUAGE).format(doc.amend_reason)
		said.append(text)
	organisations = [party.letter for party in parties if party.side == "Organisation"]
	if organisations and any(SIDES["Organisation"] in (row.body or "") for row in doc.clauses):
		city = _join([party.letter for party in parties if party.side == "City"])
		said.append(
			_("In this text, “the city” is {0} and “the organisation” is {1}.", lang=RECORD_LANGUAGE).format(city, _join(organisations))
		)
	return said


def _facts(doc: Document) -> list[tuple[str, str]]:
	dates = [day(value) for value in (doc.effective_from, doc.effective_to)]
	term = _("from {0} to {1}", lang=RECORD_LANGUAGE) if all(dates) else _("from {0}", lang=RECORD_LANGUAGE)
	facts = [
		(_("Form of Collaboration", lang=RECORD_LANGUAGE), doc.form),
		(_("Term", lang=RECORD_LANGUAGE), dates[0] and term.format(*dates)),
	]
	if doc.agreement_kind != "Agreement":
		facts.insert(0, (_("Day of the Discussion", lang=RECORD_LANGUAGE), day(doc.minutes_date)))
	return [(label, value) for label, value in facts if value]


def _closing(doc: Document, parties: list[frappe._dict]) -> str:
	everyone = _join([party.letter for party in parties])
	word = _own_word(doc)
	return (OWN_WORD["closing"] if word else CLOSING_CLAUSES[doc.agreement_kind]).format(len(parties), everyone, word)


def _costs(doc: Document) -> frappe._dict | None:
	if not doc.costs:
		return None
	rows = [(SIDES[row.side], row.description or "", yen(row.amount)) for row in doc.costs]
	share = _("Borne by the {0}, total", lang=RECORD_LANGUAGE)
	sums = [
		(share.format(SIDES[side]), yen(sum(flt(row.amount) for row in doc.costs if row.side == side))) for side in ("City", "Organisation")
	]
	return frappe._dict(rows=rows, sums=[*sums, (_("Total", lang=RECORD_LANGUAGE), yen(sum(flt(row.amount) for row in doc.costs)))])


def _indicator(row: Document) -> frappe._dict:
	unit = row.unit or ""
	return frappe._dict(
		name=row.indicator,
		baseline=f"{number(row.baseline)}{unit}",
		target=f"{number(row.target)}{unit}{BOUNDS.get(row.direction, '')}",
		measurement=lines(row.measurement),
	)


def _confirmation(row: Document) -> frappe._dict:
	when = get_datetime(row.confirmed_on)
	return frappe._dict(
		party=row.party,
		position=row.position or "",
		name=row.signatory_name or "",
		when=f"{era_date(when)} {time_text(f'{when:%H:%M}')}",
	)


def _join(names: list[str]) -> str:
	return _("{0} and {1}", lang=RECORD_LANGUAGE).format("、".join(names[:-1]), names[-1]) if len(names) > 1 else "".join(names)
