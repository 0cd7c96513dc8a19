"""Where each field of the forms that programmes declare really appears: `bench kyodo form-check` (design.md §9).

A record is made with an answer to every question, each place is asked for it as its reader would, and it is taken back.
"""

import io
from collections.abc import Iterator
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
from kyodo_frappe.partnership import report_figures, running_pages
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import form, form_text
from kyodo_frappe.programme.form import REVIEW, Field
from kyodo_frappe.proposals import excel_forms, paper_forms, writing
from kyodo_frappe.proposals import pages as proposal_pages
from kyodo_frappe.web.page import render
from kyodo_frappe.workflows.states import states

SAVEPOINT = "kyodo_form_check"


@dataclass(frozen=True)
class Finding:
	"""shown: {place: whether the field was found there} of the places that its row declares."""

	programme: str
	form: str
	fieldname: str
	label: str
	shown: dict[str, bool]

	@property
	def good(self) -> bool:
		return all(self.shown.values())


def findings() -> Iterator[Finding]:
	"""A finding for each row of the forms of each active programme. Nothing is kept in the site."""
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
	"""(whether every declared place shows its field, the lines that say so)"""
	lines, good, group = [], True, None
	labels = {place: _(frappe.get_meta("Kyodo Form Field").get_label(place)) for place in form.PLACES}
	for found in findings():
		if (found.programme, found.form) != group:
			group = (found.programme, found.form)
			lines.append(f"\n{found.programme}　{_(found.form)}")
		places = [f"{'' if shown else '!! '}{labels[place]}" for place, shown in found.shown.items()]
		lines.append(f"  {found.label}（{found.fieldname}）: {'・'.join(places) or _('nowhere')}")
		good = good and found.good
	lines.append(_("Every place that is declared shows its field.") if good else _("!!: declared, but not shown there."))
	return good, lines


def _findings_of_form(programme: Document, kind: str) -> Iterator[Finding]:
	rows = [row for row in programme.form_fields if row.form == kind]
	samples = {call_type: _Sample(programme, kind, call_type) for call_type in _call_types(rows)}
	for row in rows:
		declared = [place for place in form.PLACES if row.get(place)]
		call_type = next(iter(form.lines(row.call_types)), "")
		one = form.field_of(samples[call_type].doc, row.fieldname)
		shown = {place: one is not None and samples[call_type].shows(place, one) for place in declared}
		yield Finding(programme.name, kind, row.fieldname, row.label_text or row.fieldname, shown)


def _call_types(rows: list) -> list[str]:
	"""The kinds of calls that rows name; "" for none."""
	return list(dict.fromkeys(["", *(next(iter(form.lines(row.call_types)), "") for row in rows)]))


class _Sample:
	"""A record with an answer to every question of its form, and what each place shows of it."""

	def __init__(self, programme: Document, kind: str, call_type: str):
		self.kind = kind
		self.doc = frappe.new_doc(form.FORMS[kind])
		self.doc.update(self._known(programme, call_type))
		for one in form.fields_of(self.doc):
			self.doc.set(one.name, _sample_value(one))
		self.doc.name = f"form-check-{frappe.generate_hash(length=8)}"
		self._store()
		self.seen: dict[str, str] = {}

	def _known(self, programme: Document, call_type: str) -> dict:
		known = {
			"programme": programme.name,
			"workflow_state": states(form.FORMS[self.kind], public=False)[0] if self.kind != "Report" else "Draft",
		}
		if self.kind == "Proposal":
			call = {"call_name": "form-check", "programme": programme.name, "call_type": call_type, "fiscal_year": 2026}
			return {**known, "origin": "City", "call": _insert("Kyodo Call", call) if call_type else None}
		if self.kind == "Report":
			project = {
				"project_name": "form-check",
				"programme": programme.name,
				"fiscal_year": 2026,
				"workflow_state": "Completed",
				"published": 1,
			}
			return {**known, "project": _insert("Kyodo Project", project), "fiscal_year": 2026, "report_kind": "Final"}
		return known

	def _store(self):
		"""Past all rules: it is not a person's record, and goes again."""
		call = self.doc.get("call")
		self.doc.db_insert()
		for child in self.doc.get_all_children():
			child.parent, child.parenttype = self.doc.name, self.doc.doctype
			child.name = None
			child.db_insert()
		self.doc = frappe.get_doc(self.doc.doctype, self.doc.name)
		self.doc.call = call

	def shows(self, place: str, one: Field) -> bool:
		return getattr(self, f"_{place}")(one)

	def _text(self, key: str, make) -> str:
		if key not in self.seen:
			self.seen[key] = make()
		return self.seen[key]

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
				"proposals/proposal_step", f"kyodo/{writing.address_of(self.doc.name, step)}", proposal_pages.step(self.doc.name, step)
			)
		if self.kind == "Report":
			return render("partnership/report", "kyodo/my", running_pages.report(self.doc.name))
		if step == "documents":
			return render("organisations/organisation_documents", "kyodo/my", organisation_pages.documents_of(self.doc))
		return render("organisations/organisation", "kyodo/my", organisation_pages.entries_of(self.doc))

	def _on_paper(self, one: Field) -> bool:
		return one.label in self._text("paper", lambda: str(paper_forms.form_of(self.doc).blocks))

	def _in_excel(self, one: Field) -> bool:
		return one.name in self._text("excel", self._workbook)

	def _workbook(self) -> str:
		book = openpyxl.load_workbook(io.BytesIO(excel_forms.workbook_for(self.doc)))
		rows = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
		return "\n".join(rows)

	def _for_review(self, one: Field) -> bool:
		return one.label in self._text("review", self._sheet)

	def _sheet(self) -> str:
		"""What the committee's paper says of the record."""
		if self.kind == "Proposal":
			return str(paper_forms.asked_blocks(self.doc, REVIEW))
		sheet = papers.report_sheet(self.doc.name)
		return str([sheet["blocks"], sheet["labels"]])

	def _public(self, one: Field) -> bool:
		return self._says(self._text("public", self._public_page), one)

	def _public_page(self) -> str:
		template, page, name = {
			"Proposal": ("proposals/public_proposal", proposal_pages.public_proposal, self.doc.name),
			"Organisation": ("front/organisation", front_pages.organisation, self.doc.name),
			"Report": ("front/project", front_pages.project, self.doc.get("project")),
		}[self.kind]
		with self._published():
			return render(template, f"kyodo/{template}s/{name}", page(name))

	def _open_data(self, one: Field) -> bool:
		return self._says(self._text("data", self._row_of_data), one)

	def _row_of_data(self) -> str:
		with self._published():
			rows = open_data.rows("proposals" if self.kind == "Proposal" else "organisations")
		return "\n".join(str(text) for row in rows if row["ID"] == self.doc.name for text in row.values())

	@contextmanager
	def _published(self):
		"""Meanwhile consent is given, and the record has come so far that everybody reads it."""
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

	def _says(self, page: str, one: Field) -> bool:
		if one.df.fieldtype == "Check":
			return bool(page)
		if str(self.doc.get(one.name)) in page:
			return True  # the open data keep days and numbers as machines read them
		said = form_text.block(self.doc, one)
		in_shape = self.kind == "Report" and one.name in report_figures.IN_SHAPE_OF_PLAN  # shown in columns of the page's own
		texts = (said.get("rows") and said["rows"][0][: 1 if in_shape else None]) or [said.get("text") or ""]
		return all(frappe.utils.escape_html(text) in page or text in page for text in texts if text)


def _insert(doctype: str, values: dict) -> str:
	doc = frappe.get_doc({"doctype": doctype, **values, "name": f"form-check-{frappe.generate_hash(length=8)}"})
	doc.db_insert()
	return doc.name


def _sample_value(one: Field):
	"""Something to look for, of the kind that a field holds."""
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
	by_kind = {"Check": 1, "Int": 7, "Float": 7.5, "Currency": 7000, "Percent": 7, "Date": nowdate()}
	return by_kind.get(df.fieldtype, "https://example.org" if df.options == "URL" else f"form-check {df.fieldname}")
