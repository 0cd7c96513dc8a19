"""The papers of a meeting (会議資料) as one PDF per member.

Members get no papers on items for which they step aside. All items are printed in one run, so that fonts are embedded
once; anchors mark where each begins, and attached PDFs follow the item they belong to.
"""

import io

import frappe
from frappe import _
from frappe.model.document import Document
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

from kyodo_frappe.committee import convening, minutes
from kyodo_frappe.committee.errors import MeetingOver
from kyodo_frappe.common import file_types, printing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.partnership import report_figures
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.programme import form
from kyodo_frappe.proposals import paper_forms, reproposal
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import OVER, WRITING, category_of

MAX_ATTACHMENT_PAGES = 400


@frappe.whitelist(methods=["GET"])
def download(meeting: str, user: str | None = None) -> None:
	"""Download the papers as a member who sits in the meeting, or as the office for that member."""
	content = papers_pdf(meeting, user or frappe.session.user)
	frappe.local.response.filename = f"{meeting}.pdf"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "pdf"


def papers_pdf(meeting: str, user: str) -> bytes:
	"""Return one PDF with cover, papers and attachments, without the items for which `user` steps aside.

	Raises PermissionError for users who do not sit in the meeting; ValidationError before it is convened, except for the
	office.
	"""
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	minutes.check_seat(doc, user)
	if not are_ready(doc):
		frappe.throw(_("The papers are ready when the meeting is convened."), MeetingOver)
	hidden = minutes.recused_items(doc, user)
	sheets = [_ItemPaper(doc, item) for item in doc.agenda if item.name not in hidden]
	bodies = _print_items(doc, sheets)
	cover = _cover(doc, user, hidden, sheets, bodies)
	return _bind(cover, sheets, bodies)


def are_ready(meeting: Document) -> bool:
	"""Whether the user can have the papers now: members from the invitation on, the office before it, too."""
	return category_of(meeting) not in (WRITING, OVER) or bool({OFFICER, MANAGER} & set(frappe.get_roles()))


# -- content -----------------------------------------------------------------------


class _ItemPaper:
	"""The paper on one item: number and heading, the data of its template, and the PDFs attached to it."""

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
		form_files = [(field.label, proposal.get(field.name)) for field in form.fields_of(proposal, form.REVIEW) if field.is_file]
		for title, url in [*((row.document, row.file) for row in proposal.attachments), *form_files]:
			if not url:
				continue
			reader = _attached_pdf(proposal, url)
			if reader is None:
				self.not_attached.append(title)
			else:
				self.attached.append(reader)

	@property
	def attached_pages(self) -> int:
		return sum(len(reader.pages) for reader in self.attached)


def proposal_sheet(name: str) -> dict:
	"""Return the data of a proposal for templates/papers/sheets.html. The caller has checked the permission to read it."""
	proposal = frappe.get_doc("Kyodo Proposal", name)
	consultations = frappe.get_all(
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
		"blocks": [block for block in paper_forms.form_blocks(proposal, form.REVIEW) if block.get("rows") or block.get("lines")],
		"consultations": consultations,
		"changes": reproposal.changes(proposal),
	}


def report_sheet(name: str) -> dict:
	"""Return the data of a report. labels: {table shaped like the plan: heading} of the tables that the committee sees."""
	report = frappe.get_doc("Kyodo Report", name)
	return {
		"doc": report,
		"organisation": _organisation(report.organisation),
		"blocks": paper_forms.blocks_beside_plan(report, form.REVIEW),
		"labels": {field.name: field.label for field in form.fields_of(report, form.REVIEW) if field.name in report_figures.PLAN_TABLES},
		"indicators": [paper_forms.result_of(row) for row in report.indicators],
	}


def _organisation(name: str | None) -> str:
	return frappe.get_cached_value("Kyodo Organisation", name, "organisation_name") if name else ""


def _attached_pdf(proposal: Document, url: str) -> PdfReader | None:
	"""Return an attached PDF; None if it is no PDF, encrypted, damaged or too long."""
	if not url.lower().endswith(".pdf"):
		return None
	file = frappe.db.get_value("File", {"file_url": url, "attached_to_doctype": proposal.doctype, "attached_to_name": proposal.name})
	if not file:
		return None
	try:
		# no permission check: the member may read the proposal it is attached to
		reader = PdfReader(io.BytesIO(file_types.content_of(frappe.get_doc("File", file))))
		if reader.is_encrypted and not reader.decrypt(""):
			return None
		return reader if 0 < len(reader.pages) <= MAX_ATTACHMENT_PAGES else None
	except Exception:  # pypdf raises many kinds of errors for damaged files
		return None


# -- printing ----------------------------------------------------------------------


def _print_items(meeting: Document, sheets: list[_ItemPaper]) -> list[list[PageObject]]:
	"""Return the printed pages of each item."""
	if not sheets:
		return []
	printed = _print("sheets", {"sheets": sheets}, head=(convening.title(meeting), ""))
	page_of = {anchor: number for number, page in enumerate(printed.pages) for anchor in page.anchors}
	begins = [page_of[f"sheet-{sheet.item.name}"] for sheet in sheets]
	pages = _pages(printed)
	return [pages[start:end] for start, end in zip(begins, [*begins[1:], len(pages)], strict=True)]


def _cover(meeting: Document, user: str, hidden: set[str], sheets: list[_ItemPaper], bodies: list[list]) -> list[PageObject]:
	"""Return the cover with agenda and page numbers; its own pages are counted in."""
	lengths = [len(body) + sheet.attached_pages for sheet, body in zip(sheets, bodies, strict=True)]
	pages, expected = [], 1
	while len(pages) != expected:
		expected = len(pages) or 1
		begins, page = {}, expected + 1
		for sheet, length in zip(sheets, lengths, strict=True):
			begins[sheet.item.name] = page
			page += length
		values = {"meeting": meeting, "begins": begins, "hidden": hidden, "member": _recipient(meeting, user)}
		values |= {"title": convening.title(meeting), "when": convening.schedule_text(meeting)}
		pages = _pages(_print("cover", values, head=(values["title"], "")))
	return pages


def _recipient(meeting: Document, user: str) -> str:
	"""Return the name on the cover; empty for the copy of the office."""
	for row in meeting.attendance:
		if user == row.substitute_user:
			return _("{0} (substitute for {1})", lang=RECORD_LANGUAGE).format(row.substitute_name, row.member_name)
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


def _bind(cover: list[PageObject], sheets: list[_ItemPaper], bodies: list[list[PageObject]]) -> bytes:
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
	"""Write the page number at the foot of a page.

	Content streams are put around those of the page: merging with pypdf would take every page apart.
	"""
	resources = page.get("/Resources", DictionaryObject()).get_object()
	fonts = resources.get("/Font", DictionaryObject()).get_object()
	page[NameObject("/Resources")] = DictionaryObject(
		{**resources, NameObject("/Font"): DictionaryObject({**fonts, NameObject("/KyodoNo"): font})}
	)
	x = float(page.mediabox.left) + float(page.mediabox.width) / 2 - len(text) * 2.2
	y = float(page.mediabox.bottom) + 16
	begin, end = DecodedStreamObject(), DecodedStreamObject()
	begin.set_data(b"q\n")
	end.set_data(f"\nQ\nBT 0 g /KyodoNo 8 Tf {x:.1f} {y:.1f} Td ({text}) Tj ET\n".encode())
	contents = page.get("/Contents")
	own = contents.get_object() if contents is not None else ArrayObject()
	own = list(own) if isinstance(own, ArrayObject) else [contents]
	page[NameObject("/Contents")] = ArrayObject([writer._add_object(begin), *own, writer._add_object(end)])
