"""Papers that the desk prints from a record (書類): which there are, who gets them, preview and download.

Each room declares its papers as data (`PAPERS`, hook `kyodo_papers`). A paper is printed for users who may print its record, and
contains only what they may read; its context checks. A city replaces the look of one by a print format of its own, which it
names in its programme (`paper_forms`); Frappe's print view offers the same papers, by the print formats of this app.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import quote

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html
from werkzeug.wrappers import Response

from kyodo_frappe.common import printing
from kyodo_frappe.common.language import RECORD_LANGUAGE, in_record_language
from kyodo_frappe.web.errors import InvalidPaperForm
from kyodo_frappe.workflows.states import category_of

PROGRAMME = "Kyodo Programme"


@dataclass(frozen=True)
class Paper:
	"""A paper of a DocType.

	`id`: unique among all papers; `title`: English source of its name; `context`: returns what its template shows, under the name
	`value`, and may set `running` (left and right of the running header); `template`: in templates/papers; `pdf`: makes the
	whole file instead, where a paper is more than one template; `code`: of the row in the programme's `paper_forms` that gives
	it a number, a title and a print format; `print_format`: the one of this app, in Frappe's print view; `categories`: of the
	states in which the paper exists, all if empty; `exists`: whether it does for this record and the current login.
	"""

	id: str
	doctype: str
	title: str
	context: Callable[[Document], dict] | None = None
	template: str = ""
	value: str = "paper"
	pdf: Callable[[Document], bytes] | None = None
	code: str = ""
	print_format: str = ""
	categories: tuple[str, ...] = ()
	exists: Callable[[Document], bool] | None = None

	def is_for(self, doc: Document) -> bool:
		"""Whether the paper exists for this record, in its state and for the current login."""
		in_state = not self.categories or category_of(doc) in self.categories
		return in_state and (self.exists is None or bool(self.exists(doc)))


def papers(doctype: str | None = None) -> list[Paper]:
	"""Return the papers of a DocType, or all, in the order of their declaration."""
	found = [paper for path in frappe.get_hooks("kyodo_papers") for paper in frappe.get_attr(path)]
	return [paper for paper in found if doctype in (None, paper.doctype)]


def extend_bootinfo(bootinfo: dict):
	"""Add the DocTypes that have papers to the boot info of the desk as `kyodo_papers` (public/js/desk/papers.js)."""
	bootinfo["kyodo_papers"] = sorted({paper.doctype for paper in papers()})


# -- requests --------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def of_record(doctype: str, name: str) -> list[dict]:
	"""Return the papers of a record for the current login: [{id, title, filename}]. Raises PermissionError."""
	doc = _printable(doctype, name)
	found = [paper for paper in papers(doctype) if paper.is_for(doc)]
	return [{"id": paper.id, "title": heading(paper, doc).title, "filename": filename(paper, doc)} for paper in found]


@frappe.whitelist(methods=["GET"])
def show(paper: str, name: str, download: str = "") -> Response:
	"""Send a paper as a PDF, to be shown by the browser, or kept if `download` is set.

	Raises PermissionError without the right to print the record, DoesNotExistError where the record has no such paper.
	"""
	found = _paper(paper)
	doc = _printable(found.doctype, name)
	if not found.is_for(doc):
		frappe.throw(_("There is no such paper for this record now."), frappe.DoesNotExistError)
	place = "attachment" if download else "inline"
	headers = {
		"Content-Disposition": f"{place}; filename*=UTF-8''{quote(filename(found, doc), safe='')}",
		"Cache-Control": "no-store, private",
		"X-Content-Type-Options": "nosniff",
	}
	return Response(pdf_of(found, doc), content_type="application/pdf", headers=headers)


def _paper(paper_id: str) -> Paper:
	found = next((paper for paper in papers() if paper.id == paper_id), None)
	if found is None:
		frappe.throw(_("There is no such paper for this record now."), frappe.DoesNotExistError)
	return found


def _printable(doctype: str, name: str) -> Document:
	"""Return a record that the current login may print. Raises PermissionError, also for DocTypes without papers."""
	if not papers(doctype):
		frappe.throw(_("There is no such paper for this record now."), frappe.PermissionError)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("print")
	return doc


# -- printing --------------------------------------------------------------------------------


def paper_of(doc: Document, paper_id: str) -> dict:
	"""Return what a print format shows (Jinja method). Raises PermissionError, DoesNotExistError.

	The stored record is read again, since Frappe's print view accepts a document that the client sends.
	"""
	paper = _paper(paper_id)
	stored = _printable(paper.doctype, doc.name)
	if not paper.is_for(stored):
		frappe.throw(_("There is no such paper for this record now."), frappe.DoesNotExistError)
	return context_of(paper, stored)


def context_of(paper: Paper, doc: Document) -> frappe._dict:
	"""Return what a paper shows, in Japanese: its context with number and title. The caller has checked permissions."""
	with in_record_language():
		return frappe._dict({**heading(paper, doc), "name": doc.name, **paper.context(doc)})


def pdf_of(paper: Paper, doc: Document) -> bytes:
	"""Return a paper as a PDF. The caller has checked the permission to print the record."""
	if own := _own_format(paper, doc):
		return _print_own(own, paper, doc)
	if paper.pdf:
		return paper.pdf(doc)
	shown = context_of(paper, doc)
	head = shown.get("running") or ("　".join(filter(None, [shown.title, shown.get("subject")])), doc.name)
	body = printing.render(paper.template, {paper.value: shown})
	return printing.pdf(body, shown.title, head=head)


def heading(paper: Paper, doc: Document) -> frappe._dict:
	"""Return {number, title} of a paper, as the programme of its record words it."""
	row = _row(paper, doc)
	title = (row and row.title) or _(paper.title, lang=RECORD_LANGUAGE)
	return frappe._dict(number=(row and row.number) or "", title=title)


def filename(paper: Paper, doc: Document) -> str:
	"""Return the name of a paper's file: its title and the name of its record."""
	return f"{heading(paper, doc).title}_{doc.name}.pdf".replace("/", "-")


def _row(paper: Paper, doc: Document) -> Document | None:
	"""The row of the programme's paper forms, by which a city words the paper."""
	name = programme_of(doc) if paper.code else None
	rows = frappe.get_cached_doc(PROGRAMME, name).paper_forms if name else ()
	return next((row for row in rows if row.code == paper.code), None)


def programme_of(doc: Document) -> str | None:
	"""Return the programme of a record: its own, or that of the meeting or project to which it belongs."""
	if doc.meta.has_field("programme"):
		return doc.programme
	for field in ("meeting", "project"):
		if doc.get(field):
			return frappe.get_cached_value(f"Kyodo {field.title()}", doc.get(field), "programme")
	return None


def prints(name: str, doctypes: Collection[str]) -> bool:
	"""Whether a print format is in use, is a template of its own, and is for one of the DocTypes."""
	found = frappe.db.get_value("Print Format", name, ["doc_type", "custom_format", "standard", "disabled"], as_dict=True)
	is_template = found and (found.custom_format or found.standard == "Yes")
	return bool(is_template and not found.disabled and found.doc_type in doctypes)


def check_forms(programme: Document):
	"""Raise InvalidPaperForm for a row of a programme's paper forms whose print format cannot print the paper."""
	for row in programme.paper_forms:
		doctypes = {paper.doctype for paper in papers() if paper.code == row.code}
		if not row.print_format or prints(row.print_format, doctypes):
			continue
		if doctypes:
			reason = _("The print format “{0}” cannot be used. Please choose one for {1} that is made in HTML and enabled.").format(
				escape_html(row.print_format), _(", ").join(_(doctype) for doctype in sorted(doctypes))
			)
		else:
			reason = _("This paper has no print format of its own here. Please make yours the default in “Customize Form”.")
		frappe.throw(_("Forms on Paper, “{0}”: {1}").format(_(row.code), reason), exc=InvalidPaperForm)


def _own_format(paper: Paper, doc: Document) -> Document | None:
	"""The city's print format in place of this app's, if its programme names one that is in use."""
	row = _row(paper, doc)
	name = row and row.get("print_format")
	if not name or name == paper.print_format:
		return None
	return frappe.get_cached_doc("Print Format", name) if prints(name, {paper.doctype}) else None


def _print_own(own: Document, paper: Paper, doc: Document) -> bytes:
	"""Print a format of the city's in the sandbox of Frappe's print formats; its template calls our contexts like this app's."""
	from frappe.www.printview import get_print_format  # a page of Frappe's, for the processes that print

	template = get_print_format(doc.doctype, own)
	with in_record_language():
		body = frappe.get_jenv().from_string(template).render({"doc": doc})
	title = heading(paper, doc).title
	return printing.pdf(f'<div class="print-format">{body}</div>', title, head=(title, doc.name))
