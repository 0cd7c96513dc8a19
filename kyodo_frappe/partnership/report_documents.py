"""Documents to attach to a report, as the programme or the call of its project lists them (`required_documents`, used for reports)."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.partnership import beginning
from kyodo_frappe.partnership.errors import ReportDocumentsMissing
from kyodo_frappe.partnership.report_figures import MID_TERM

USED_FOR = "Report"
TABLE = "photos"


def documents_of(report: Document) -> list[Document]:
	"""Return the rows of the documents that go with a report: final and yearly ones, which settle money."""
	if report.report_kind == MID_TERM:
		return []
	rules = beginning.rules_for(frappe.get_doc("Kyodo Project", report.project))
	return [row for row in rules.required_documents if row.used_for == USED_FOR]


def attached(report: Document) -> dict[str, Document]:
	"""{title: row} of the files that are attached."""
	return {row.document: row for row in report.get(TABLE) if row.file}


def missing(report: Document) -> list[str]:
	"""Return the titles of required documents that are not attached."""
	there = attached(report)
	return [row.document for row in documents_of(report) if row.required and row.document not in there]


def check(report: Document):
	"""Raise ReportDocumentsMissing with the titles of required documents that are not attached."""
	if titles := missing(report):
		frappe.throw(
			_("Not attached yet: {0}. Please attach it to the report before handing it in.").format(_(", ").join(titles)),
			exc=ReportDocumentsMissing,
		)
