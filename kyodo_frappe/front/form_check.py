"""Check where each field that a programme's forms declare really appears: `bench kyodo form-check` (design.md §9).

A sample record with an answer to every question is rendered in each place as its readers see it, and rolled back.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
import openpyxl
from frappe import _
from frappe.model.document import Document
from frappe.utils import nowdate

from kyodo_frappe.committee import papers
from kyodo_frappe.front import open_data
from kyodo_frappe.front import pages as front_pages
from kyodo_frappe.organisations import pages as organisation_pages
from kyodo_frappe.partnership import report_figures, report_pages
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import form, form_text
from kyodo_frappe.programme.form import REVIEW, Field
from kyodo_frappe.proposals import excel_workbook, paper_forms, step_pages, writing
from kyodo_frappe.proposals import pages as proposal_pages
from kyodo_frappe.web.page import render
from kyodo_frappe.workflows.states import states

SAVEPOINT = "kyodo_form_check"


@dataclass(frozen=True)
class Finding:
	"""A field of a form; `shown`: {declared place: whether the field was found there}."""

	programme: str
	form: str
	fieldname: str
	label: str
	shown: dict[str, bool]

	@property
	def passed(self) -> bool:
		"""Whether every declared place shows the field."""
		return all(self.shown.values())


def findings() -> Iterator[Finding]:
	"""Yield a finding for each row of the forms of each active programme; nothing is stored."""
	for name in programme_visibility.running():
		programme = frappe.get_doc("Kyodo Programme", name)
		for kind in form.FORMS:
			frappe.db.savepoint(SAVEPOINT)
			try:
				found = list(_findings_of_form(programme, kind))
			finally:
				frappe.db.rollback(save_point=SAVEPOINT)
			yield from found


def report_lines() -> tuple[bool, list[str]]:
	"""Return (whether every declared place shows its field, lines of the report)."""
	lines, passed, group = [], True, None
	labels = {place: _(frappe.get_meta("Kyodo Form Field").get_label(place)) for place in form.PLACES}
	for found in findings():
		if (found.programme, found.form) != group:
			group = (found.programme, found.form)
			lines.append(f"\n{found.programme}　{_(found.form)}")
		places = [f"{'' if shown else '!! '}{labels[place]}" for place, shown in found.shown.items()]
		lines.append(f"  {found.label}（{found.fieldname}）: {'・'.join(places) or _('nowhere')}")
		passed = passed and found.passed
	lines.append(_("Every place that is declared shows its field.") if passed else _("!!: declared, but not shown there."))
	return passed, lines


def _findings_of_form(programme: Document, kind: str) -> Iterator[Finding]:
	rows = [row for row in programme.form_fields if row.form == kind]
	samples = {call_type: _Sample(programme, kind, call_type) for call_type in _call_types(rows)}
	for row in rows:
		declared = [place for place in form.PLACES if row.get(place)]
		call_type = next(iter(form.lines(row.call_types)), "")
		field = form.field_of(samples[call_type].doc, row.fieldname)
		shown = {place: field is not None and samples[call_type].shows(place, field) for place in declared}
		yield Finding(programme.name, kind, row.fieldname, row.label_text or row.fieldname, shown)


def _call_types(rows: list) -> list[str]:
	"""Return the first call type of each row, without repetition; the first is "" for rows of any call."""
	return list(dict.fromkeys(["", *(next(iter(form.lines(row.call_types)), "") for row in rows)]))


class _Sample:
	"""A record with an answer to every question of its form, and the text that each place shows of it."""

	def __init__(self, programme: Document, kind: str, call_type: str):
		self.kind = kind
		self.doc = frappe.new_doc(form.FORMS[kind])
		self.doc.update(self._fixed_values(programme, call_type))
		for field in form.fields_of(self.doc):
			self.doc.set(field.name, _sample_value(field))
		self.doc.name = f"form-check-{frappe.generate_hash(length=8)}"
		self._store()
		self.texts: dict[str, str] = {}

	def _fixed_values(self, programme: Document, call_type: str) -> dict:
		values = {
			"programme": programme.name,
			"workflow_state": states(form.FORMS[self.kind], public=False)[0] if self.kind != "Report" else "Draft",
		}
		if self.kind == "Proposal":
			call = {"call_name": "form-check", "programme": programme.name, "call_type": call_type, "fiscal_year": 2026}
			values["later_documents_on"] = nowdate()
			return {**values, "origin": "City", "term": 3, "call": _insert("Kyodo Call", call) if call_type else None}
		if self.kind == "Report":
			project = {
				"project_name": "form-check",
				"programme": programme.name,
				"fiscal_year": 2026,
				"workflow_state": "Completed",
				"published": 1,
			}
			return {**values, "project": _insert("Kyodo Project", project), "fiscal_year": 2026, "report_kind": "Final"}
		return values

	def _store(self):
		"""Store the record without validation: it is a sample, and rolled back."""
		call = self.doc.get("call")
		self.doc.db_insert()
		for child in self.doc.get_all_children():
			child.parent, child.parenttype = self.doc.name, self.doc.doctype
			child.name = None
			child.db_insert()
		self.doc = frappe.get_doc(self.doc.doctype, self.doc.name)
		self.doc.call = call

	def shows(self, place: str, field: Field) -> bool:
		"""Return whether a place (form.PLACES) shows a field."""
		return getattr(self, f"_{place}")(field)

	def _text(self, key: str, make: Callable[[], str]) -> str:
		if key not in self.texts:
			self.texts[key] = make()
		return self.texts[key]

	def _on_portal(self, one: Field) -> bool:
		page = self._text(f"portal {one.step}", lambda: self._portal_page(one.step))
		return (
			f'id="i-{one.name}"' in page
			or f'id="{one.name}"' in page
			or f'name="{one.name}"' in page
			or ((one.is_file or one.is_attachments) and one.name in page)
		)

	def _portal_page(self, step: str) -> str:
		if self.kind == "Proposal":
			return render(
				"proposals/proposal_step", f"kyodo/{writing.address_of(self.doc.name, step)}", step_pages.step(self.doc.name, step)
			)
		if self.kind == "Report":
			return render("partnership/report", "kyodo/my", report_pages.report(self.doc.name))
		if step == "documents":
			return render("organisations/organisation_documents", "kyodo/my", organisation_pages.documents_of(self.doc))
		return render("organisations/organisation", "kyodo/my", organisation_pages.entries_of(self.doc))

	def _on_paper(self, one: Field) -> bool:
		return one.label in self._text("paper", lambda: str(paper_forms.form_of(self.doc).blocks))

	def _in_excel(self, one: Field) -> bool:
		return one.name in self._text("excel", self._workbook)

	def _workbook(self) -> str:
		book = openpyxl.load_workbook(io.BytesIO(excel_workbook.workbook_for(self.doc)))
		rows = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
		return "\n".join(rows)

	def _for_review(self, one: Field) -> bool:
		return one.label in self._text("review", self._sheet)

	def _sheet(self) -> str:
		"""Return the content of the committee's paper on the record."""
		if self.kind == "Proposal":
			return str(paper_forms.form_blocks(self.doc, REVIEW))
		sheet = papers.report_sheet(self.doc.name)
		return str([sheet["blocks"], sheet["labels"]])

	def _public(self, one: Field) -> bool:
		return self._contains(self._text("public", self._public_page), one)

	def _public_page(self) -> str:
		template, page, name = {
			"Proposal": ("proposals/public_proposal", proposal_pages.public_proposal, self.doc.name),
			"Organisation": ("front/organisation", front_pages.organisation, self.doc.name),
			"Report": ("front/project", front_pages.project, self.doc.get("project")),
		}[self.kind]
		with self._published():
			return render(template, f"kyodo/{template}s/{name}", page(name))

	def _open_data(self, one: Field) -> bool:
		return self._contains(self._text("data", self._open_data_row), one)

	def _open_data_row(self) -> str:
		with self._published():
			rows = open_data.rows("proposals" if self.kind == "Proposal" else "organisations")
		return "\n".join(str(text) for row in rows if row["ID"] == self.doc.name for text in row.values())

	@contextmanager
	def _published(self):
		"""Give consent and set a public state while the block runs."""
		doctype = self.doc.doctype
		days = {"Organisation": {"registered_on": nowdate(), "valid_until": nowdate()}, "Proposal": {"received_on": nowdate()}}.get(
			self.kind, {}
		)
		consents = {df.fieldname: 1 for df in self.doc.meta.fields if df.fieldname.startswith("publish_")}
		state = states(doctype, public=True)[0]
		frappe.db.savepoint(f"{SAVEPOINT}_public")
		frappe.db.set_value(doctype, self.doc.name, {**days, **consents, "workflow_state": state}, update_modified=False)
		try:
			yield
		finally:
			frappe.db.rollback(save_point=f"{SAVEPOINT}_public")

	def _contains(self, page: str, one: Field) -> bool:
		if one.df.fieldtype == "Check":
			return bool(page)
		if str(self.doc.get(one.name)) in page:
			return True  # open data contain days and numbers in machine-readable form
		block = form_text.block(self.doc, one)
		in_shape = self.kind == "Report" and one.name in report_figures.PLAN_TABLES  # the page has columns of its own
		texts = (block.get("rows") and block["rows"][0][: 1 if in_shape else None]) or [block.get("text") or ""]
		return all(frappe.utils.escape_html(text) in page or text in page for text in texts if text)


def _insert(doctype: str, values: dict) -> str:
	doc = frappe.get_doc({"doctype": doctype, **values, "name": f"form-check-{frappe.generate_hash(length=8)}"})
	doc.db_insert()
	return doc.name


def _sample_value(one: Field):
	"""Return a value that a field can hold and that can be found again."""
	if one.df.fieldtype in ("Table", "Table MultiSelect"):
		columns = one.columns or {df.fieldname: "" for df in one.row_meta.fields}
		return [{name: _sample_of(one.column(name)) for name in columns}]
	return _sample_of(one.df)


def _sample_of(df: Document):
	if df.fieldtype == "Select":
		return next((option for option in (df.options or "").split("\n") if option), None)
	if df.fieldtype == "Link":
		return frappe.db.get_value(df.options, {}, "name", order_by="creation asc")
	if df.fieldtype == "Attach":
		return "/private/files/form-check.pdf"
	if df.fieldname == "fiscal_year":
		return 2026
	by_kind = {"Check": 1, "Int": 7, "Float": 7.5, "Currency": 7000, "Percent": 7, "Date": nowdate()}
	return by_kind.get(df.fieldtype, "https://example.org" if df.options == "URL" else f"form-check {df.fieldname}")
