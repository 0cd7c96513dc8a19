"""The papers of a meeting (会議資料) as one PDF for a member: what is put to the table, item by item.

A member gets no sheet of an item in which they step aside. The sheets are printed in one run, so that their fonts are in
the file once; anchors tell where each begins, so that the attached PDFs can be put behind the sheet they belong to.
"""

import io

import frappe
from frappe import _
from frappe.model.document import Document
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

from kyodo_frappe.committee import convening, minutes
from kyodo_frappe.common import file_types, printing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.partnership import report_figures
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.programme import form
from kyodo_frappe.proposals import paper_forms, reproposal
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import OVER, WRITING, category_of

LARGEST_ATTACHMENT = 400  # pages: more than that nobody reads at a table


@frappe.whitelist(methods=["GET"])
def download(meeting: str, user: str | None = None) -> None:
	"""The papers as a file, for a member who sits in the meeting, or for the office in that member's place."""
	content = papers_pdf(meeting, user or frappe.session.user)
	frappe.local.response.filename = f"{meeting}.pdf"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "pdf"


def papers_pdf(meeting: str, user: str) -> bytes:
	"""One PDF with cover, sheets and attachments of all items but those in which `user` steps aside.

	Raises PermissionError for who does not sit in the meeting; ValidationError before it is convened, except for the
	office.
	"""
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	minutes.check_sits(doc, user)
	if category_of(doc) in (WRITING, OVER):
		if not {OFFICER, MANAGER} & set(frappe.get_roles()):
			frappe.throw(_("The papers are ready when the meeting is convened."))
	hidden = minutes.withheld(doc, user)
	sheets = [_Sheet(doc, item) for item in doc.agenda if item.name not in hidden]
	bodies = _print_each(doc, sheets)
	cover = _cover(doc, user, hidden, sheets, bodies)
	return _bind(cover, sheets, bodies)


# -- what a sheet says -------------------------------------------------------------


class _Sheet:
	"""One item: its number and heading, the data its template shows, and the PDFs that go behind it."""

	def __init__(self, meeting: Document, item: Document):
		self.item = item
		self.heading = _("Item {0}: {1}", lang=RECORD_LANGUAGE).format(item.idx, item.subject)
		self.kind, self.data = "topic", {}
		self.attached: list[PdfReader] = []
		self.not_attached: list[str] = []
		if item.proposal:
			self.kind, self.data = "proposal", proposal_sheet(item.proposal)
			self._attach(self.data["doc"])
		elif item.report:
			self.kind, self.data = "report", report_sheet(item.report)
		elif item.evaluation_round:
			evaluation = frappe.get_doc("Kyodo Evaluation Round", item.evaluation_round)
			self.kind, self.data = "evaluation", {"doc": evaluation, "both": evaluation_public.both_sides(evaluation)}

	def _attach(self, proposal: Document):
		asked = [(one.label, proposal.get(one.name)) for one in form.fields_of(proposal, form.REVIEW) if one.is_file]
		for title, url in [*((row.document, row.file) for row in proposal.attachments), *asked]:
			if not url:
				continue
			reader = _readable(proposal, url)
			if reader is None:
				self.not_attached.append(title)
			else:
				self.attached.append(reader)

	@property
	def attached_pages(self) -> int:
		return sum(len(reader.pages) for reader in self.attached)


def proposal_sheet(name: str) -> dict:
	"""What templates/papers/sheets.html shows of a proposal. The caller has asked for the right to read it."""
	proposal = frappe.get_doc("Kyodo Proposal", name)
	talks = frappe.get_all(
		"Kyodo Consultation",
		{"proposal": name, "kind": "Section Talk"},
		["held_on", "section", "summary", "opinion"],
		order_by="held_on, name",
	)
	return {
		"doc": proposal,
		"organisation": _organisation(proposal.organisation),
		"partners": [_organisation(row.organisation) for row in proposal.partners],
		"origin": paper_forms.ORIGINS.get(proposal.origin, ""),
		"blocks": [block for block in paper_forms.asked_blocks(proposal, form.REVIEW) if block.get("rows") or block.get("lines")],
		"talks": talks,
		"changes": reproposal.changes(proposal),
	}


def report_sheet(name: str) -> dict:
	"""As `proposal_sheet`, of a report; labels: {table in the shape of the plan: its heading} of those that the committee sees."""
	report = frappe.get_doc("Kyodo Report", name)
	return {
		"doc": report,
		"organisation": _organisation(report.organisation),
		"blocks": paper_forms.asked_beside_plan(report, form.REVIEW),
		"labels": {one.name: one.label for one in form.fields_of(report, form.REVIEW) if one.name in report_figures.IN_SHAPE_OF_PLAN},
		"indicators": [paper_forms.result_of(row) for row in report.indicators],
	}


def _organisation(name: str | None) -> str:
	return frappe.get_cached_value("Kyodo Organisation", name, "organisation_name") if name else ""


def _readable(proposal: Document, url: str) -> PdfReader | None:
	"""The attached PDF, or None for what is no PDF, is locked or cannot be read."""
	if not url.lower().endswith(".pdf"):
		return None
	file = frappe.db.get_value("File", {"file_url": url, "attached_to_doctype": proposal.doctype, "attached_to_name": proposal.name})
	if not file:
		return None
	try:
		# the sheet it belongs to is the member's to read
		reader = PdfReader(io.BytesIO(file_types.content_of(frappe.get_doc("File", file))))
		if reader.is_encrypted and not reader.decrypt(""):
			return None
		return reader if 0 < len(reader.pages) <= LARGEST_ATTACHMENT else None
	except Exception:  # a damaged file fails in as many ways as there are damages
		return None


# -- printing ----------------------------------------------------------------------


def _print_each(meeting: Document, sheets: list[_Sheet]) -> list[list[PageObject]]:
	"""The printed pages of each sheet."""
	if not sheets:
		return []
	printed = _print("sheets", {"sheets": sheets}, head=(convening.title(meeting), ""))
	page_of = {anchor: number for number, page in enumerate(printed.pages) for anchor in page.anchors}
	begins = [page_of[f"sheet-{sheet.item.name}"] for sheet in sheets]
	pages = _pages(printed)
	return [pages[start:end] for start, end in zip(begins, [*begins[1:], len(pages)], strict=True)]


def _cover(meeting: Document, user: str, hidden: set[str], sheets: list[_Sheet], bodies: list[list]) -> list[PageObject]:
	"""The cover with the agenda and the page on which each item begins; it is itself counted."""
	lengths = [len(body) + sheet.attached_pages for sheet, body in zip(sheets, bodies, strict=True)]
	pages, expected = [], 1
	while len(pages) != expected:
		expected = len(pages) or 1
		begins, page = {}, expected + 1
		for sheet, length in zip(sheets, lengths, strict=True):
			begins[sheet.item.name] = page
			page += length
		values = {"meeting": meeting, "begins": begins, "hidden": hidden, "member": _member(meeting, user)}
		values |= {"title": convening.title(meeting), "when": convening.when(meeting)}
		pages = _pages(_print("cover", values, head=(values["title"], "")))
	return pages


def _member(meeting: Document, user: str) -> str:
	"""Whose copy it is; "" for the office's."""
	for row in meeting.attendance:
		if user == row.substitute_user:
			return _("{0} (in place of {1})", lang=RECORD_LANGUAGE).format(row.substitute_name, row.member_name)
		if user == row.user:
			return row.member_name
	return ""


def _print(template: str, values: dict, head: tuple[str, str]):
	shown = {"day": printing.day, "yen": printing.yen, "number": printing.number, "word": printing.word}
	body = printing.render(template, {**values, **shown, "year": era_year}, escape=True)
	return printing.layout(body, _("Papers of the meeting", lang=RECORD_LANGUAGE), head=head)


def _pages(printed) -> list[PageObject]:
	return list(PdfReader(io.BytesIO(printed.write_pdf())).pages)


# -- binding -----------------------------------------------------------------------


def _bind(cover: list[PageObject], sheets: list[_Sheet], bodies: list[list[PageObject]]) -> bytes:
	writer = PdfWriter()
	for page in cover:
		writer.add_page(page)
	for sheet, body in zip(sheets, bodies, strict=True):
		begins = len(writer.pages)
		for page in [*body, *(page for reader in sheet.attached for page in reader.pages)]:
			writer.add_page(page)
		writer.add_outline_item(sheet.heading, begins)
	font = writer._add_object(
		DictionaryObject(
			{
				NameObject("/Type"): NameObject("/Font"),
				NameObject("/Subtype"): NameObject("/Type1"),
				NameObject("/BaseFont"): NameObject("/Helvetica"),
			}
		)
	)
	total = len(writer.pages)
	for number, page in enumerate(writer.pages, 1):
		_stamp(writer, page, font, f"{number} / {total}")
	stream = io.BytesIO()
	writer.write(stream)
	return stream.getvalue()


def _stamp(writer: PdfWriter, page: PageObject, font, text: str):
	"""Write the page's number at its foot, behind whatever the page draws.

	By streams put around the page's own: pypdf's merge would take every page apart.
	"""
	resources = page.get("/Resources", DictionaryObject()).get_object()
	fonts = resources.get("/Font", DictionaryObject()).get_object()
	page[NameObject("/Resources")] = DictionaryObject(
		{**resources, NameObject("/Font"): DictionaryObject({**fonts, NameObject("/KyodoNo"): font})}
	)
	middle = float(page.mediabox.left) + float(page.mediabox.width) / 2 - len(text) * 2.2
	foot = float(page.mediabox.bottom) + 16
	begin, end = DecodedStreamObject(), DecodedStreamObject()
	begin.set_data(b"q\n")
	end.set_data(f"\nQ\nBT 0 g /KyodoNo 8 Tf {middle:.1f} {foot:.1f} Td ({text}) Tj ET\n".encode())
	contents = page.get("/Contents")
	own = contents.get_object() if contents is not None else ArrayObject()
	own = list(own) if isinstance(own, ArrayObject) else [contents]
	page[NameObject("/Contents")] = ArrayObject([writer._add_object(begin), *own, writer._add_object(end)])
