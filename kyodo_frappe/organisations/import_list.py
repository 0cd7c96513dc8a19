"""Importing a list of organisations: first a dry run that reports what would happen, then the import.

Frappe's Data Import does not read CP932, the national columns or 和暦, and takes a row it has seen for a new record. Both runs are
background jobs that commit the list in batches; a job that is killed leaves whole batches, and another run finds them unchanged.

Two organisations are the same when their corporate numbers are equal, or their names (rules.textkeys.name_key) and one of postal
code, address, phone, email and representative. A name that is only known elsewhere is reported, and becomes a new record.

Of organisations that came from a list and have no people, a list may change everything that it fills; of all others only what is
empty. An empty cell never empties a field. Withdrawn and suspended organisations stay unchanged.

The dry run shows the organisations as they would be imported, and names what was not read: rows, sheets and columns.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import frappe
import openpyxl
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, getdate, now, now_datetime, nowdate
from frappe.utils.background_jobs import is_job_enqueued
from frappe.utils.synchronization import LockTimeoutError, filelock

from kyodo_frappe.common import tasks, vocabulary
from kyodo_frappe.common.errors import UnreadableList
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations.errors import ImportListMissing, ImportNotChecked, ImportRunning
from kyodo_frappe.organisations.import_known import (
	FIELDS,
	KEY_FIELDS,
	ORGANISATION,
	TERM_FIELDS,
	Known,
	Stored,
	activity_rows,
	insert_activities,
	keys_of,
	reserve_names,
)
from kyodo_frappe.organisations.import_reader import find_list
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.organisation_columns import cell_line
from kyodo_frappe.rules.organisation_rows import check_is_organisation, clean_row, is_empty
from kyodo_frappe.rules.textkeys import safe_cell

DOCTYPE = "Kyodo Organisation Import"
RUNNING = ("Waiting", "Checking", "Importing")
RUN = "kyodo_frappe.organisations.import_list.run"
MOST_SECONDS = 2 * 60 * 60
BATCH = 1000
MAX_LISTED = 50
MAX_PREVIEWED = 200
COUNTS = ("new_count", "changed_count", "unchanged_count", "duplicate_count", "error_count")


# -- endpoints -------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def check_list(name: str) -> str:
	"""Start the dry run of an import, which writes nothing but its findings; returns the id of the job.

	Raises PermissionError for others than officers and managers, ImportListMissing, ImportRunning.
	"""
	return _begin(name, dry=True)


@frappe.whitelist(methods=["POST"])
def import_list(name: str) -> str:
	"""Start the import of a list that has been checked; returns the id of the job.

	Raises as `check_list`, and ImportNotChecked where the list or the options have changed since.
	"""
	return _begin(name, dry=False)


def _begin(name: str, dry: bool) -> str:
	require(OFFICER, MANAGER)
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	doc.check_permission("write")
	file = source_of(doc)
	_refuse_second_run()
	if not dry and doc.run_hash != run_hash(doc, file):
		frappe.throw(_("Please check the list first: it has not been checked in its current state."), exc=ImportNotChecked)
	doc.db_set({"status": "Waiting", "message": None, "done_rows": 0})
	tasks.drop(RUN, doc)  # of a run whose job was lost
	tasks.later(RUN, doc, timeout=MOST_SECONDS, job_id=job_of(name), name=name, dry=dry, lang=frappe.local.lang)
	return job_of(name)


def job_of(name: str) -> str:
	"""Return the id of the background job of an import."""
	return f"kyodo-import-{name}"


def is_running(doc: Document | dict) -> bool:
	"""Whether a run of this import is queued or working; one whose worker was killed is not."""
	return doc.status in RUNNING and is_job_enqueued(job_of(doc.name))


def _refuse_second_run():
	for row in frappe.get_all(DOCTYPE, {"status": ["in", RUNNING]}, ["name", "status"], order_by="name"):
		if is_running(row):
			frappe.throw(_("{0} is being processed. Please wait until it is finished.").format(row.name), exc=ImportRunning)


def source_of(doc: Document) -> Document:
	"""Return the attached list, a private File of this import. Raises ImportListMissing."""
	place = {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name, "is_private": 1}
	file = doc.source_file and frappe.db.get_value("File", {"file_url": doc.source_file, **place})
	if not file:
		frappe.throw(_("Please attach the list first."), exc=ImportListMissing)
	return frappe.get_doc("File", file)


def run_hash(doc: Document, file: Document) -> str:
	"""Return what a check was made from: the content of the list and the options."""
	choices = (doc.programme, doc.standing, doc.valid_until and getdate(doc.valid_until))
	return "|".join(map(cstr, (file.content_hash, *choices)))


# -- the job --------------------------------------------------------------------------------


def run(name: str, dry: bool, lang: str | None = None):
	"""Process a list as a background job, with the permissions and language of the user who started it; the results are in the import."""
	require(OFFICER, MANAGER)
	frappe.local.lang = lang or frappe.local.lang
	doc = frappe.get_doc(DOCTYPE, name)
	try:
		with filelock("kyodo_organisation_import", timeout=1):
			Run(doc, dry).work()
	except LockTimeoutError:
		_end(doc, "Broken Off", _("Another import is being processed. Please wait until it is finished."))
	except UnreadableList as wrong:
		_end(doc, "Broken Off", str(wrong))
	except RuleError as wrong:
		_end(doc, "Broken Off", _(wrong.source).format(*wrong.args_))
	except Exception:
		frappe.db.rollback()
		doc.log_error("Kyodo Organisation Import")
		_end(doc, "Broken Off", _("The run was interrupted. What was imported is kept; please press the button again."))


def _end(doc: Document, status: str, message: str | None = None, **more):
	frappe.db.rollback()
	doc.db_set({"status": status, "message": message, "finished_on": now(), **more})
	frappe.db.commit()
	doc.notify_update()


@dataclass
class Row:
	"""A row of the list. number: as a spreadsheet counts; match: organisation of the site; duplicate_of: earlier row; remarks: sentences."""

	number: int
	cells: list
	record: dict
	match: str | None = None
	duplicate_of: int | None = None
	remarks: list[str] = field(default_factory=list)


class Run:
	"""One pass over a list, as a dry run or for good."""

	def __init__(self, doc: Document, dry: bool):
		self.doc, self.dry = doc, dry
		self.file = source_of(doc)
		self.counts = dict.fromkeys(COUNTS, 0)
		self.known = Known()
		self.reported: list[Row] = []
		self.unread: list[Row] = []
		self.nameless_columns: dict[int, int] = {}
		self.preview: list[str] = []
		self.done = 0

	def work(self):
		"""Process the whole list and store the results. Raises UnreadableList for a list without rows."""
		self.doc.db_set({"status": "Checking" if self.dry else "Importing", "started_on": now(), "finished_on": None, **self.counts})
		frappe.db.commit()
		self.list = find_list(Path(self.file.get_full_path()))
		self.layout = self.list.layout
		total = sum(not is_empty(cells) for cells in islice(self.list.rows(), self.layout.header + 1, None))
		if not total:
			raise UnreadableList(_("The list has no rows below the headings."))
		self.doc.db_set(
			{
				"total_rows": total,
				"recognised": _("、").join(self.layout.recognised),
				"ignored": _("、").join(self.layout.ignored),
			}
		)
		rows = self._rows()
		while batch := list(islice(rows, BATCH)):
			self._work_on(batch)
			self._report_progress(len(batch), total)
		self._finish()

	def _rows(self) -> Iterator[Row]:
		types = dict(vocabulary.choices(vocabulary.ORGANISATION_TYPE, RECORD_LANGUAGE))
		for number, cells in enumerate(islice(self.list.rows(), self.layout.header + 1, None), self.layout.header + 2):
			if is_empty(cells):
				continue
			try:
				check_is_organisation(cells, self.layout)
			except RuleError as reason:
				self.unread.append(Row(number, cells, {}, remarks=[_(reason.source)]))
				continue
			self._note_nameless_columns(number, cells)
			record, wrong = clean_row(cells, self.layout, types)
			yield Row(number, cells, record, remarks=[_(problem.source).format(*problem.args_) for problem in wrong])

	def _note_nameless_columns(self, number: int, cells: list):
		for place, (heading, cell) in enumerate(zip(self.layout.headings, cells)):
			if not heading and cell_line(cell):
				self.nameless_columns.setdefault(place, number)

	def _report_progress(self, rows: int, total: int):
		self.done += rows
		self.doc.db_set({"done_rows": self.done, **self.counts}, update_modified=False)
		frappe.db.commit()
		frappe.publish_progress(self.done * 100 / total, title=_("Import of organisations"), doctype=DOCTYPE, docname=self.doc.name)

	def _finish(self):
		values = {
			"problems": "\n".join(_line(row) for row in self.reported[:MAX_LISTED]) or None,
			"unread": "\n".join(self._unread_lines()[:MAX_LISTED]) or None,
			"unread_count": len(self.unread),
			"preview": "\n".join(self.preview) or None,
			**self.counts,
		}
		old = self.doc.problem_file
		if self.reported or self.unread:
			values["problem_file"] = self._keep_reported()
		else:
			values["problem_file"] = None
		if old and old != values["problem_file"]:
			self._forget(old)
		if self.dry:
			values["run_hash"] = run_hash(self.doc, self.file)
		self.doc.db_set(values)
		frappe.db.commit()
		_end(self.doc, "Checked" if self.dry else "Import Done")

	def _unread_lines(self) -> list[str]:
		"""Sentences about the rows, sheets and columns that were not read."""
		lines = [_line(row) for row in self.unread]
		lines += [_("Sheet “{0}”: not read").format(sheet) for sheet in self.list.other_sheets]
		for place, number in self.nameless_columns.items():
			column = openpyxl.utils.get_column_letter(place + 1)
			lines.append(_("Column {0}: not read, because it has no heading (first content in row {1})").format(column, number))
		return lines

	# -- batches ------------------------------------------------------------------------

	def _work_on(self, batch: list[Row]):
		accepted = []
		for row in batch:
			if row.remarks:
				self._report(row, "error_count")
			elif self._find(row):
				accepted.append(row)
		stored = Stored([row.match for row in accepted if row.match])
		new = [row for row in accepted if not row.match]
		self._insert(new)
		self._show(accepted)
		changes = [(row, stored.changes(row.match, self._wanted(row))) for row in accepted if row.match]
		self.counts["new_count"] += len(new)
		self.counts["changed_count"] += sum(bool(change) for _row, change in changes)
		self.counts["unchanged_count"] += sum(not change for _row, change in changes)
		if not self.dry:
			stored.write([(row.match, change) for row, change in changes if change])

	def _find(self, row: Row) -> bool:
		"""Set what a row matches; False for a row that is reported and skipped."""
		found, twin, elsewhere = self.known.find(row.record)
		if found is Known.UNCLEAR:
			row.remarks.append(_("There are several organisations of this name, and the list does not say which."))
			self._report(row, "error_count")
			return False
		if twin:
			row.remarks.append(_("This repeats the organisation of row {0}.").format(twin))
			self._report(row, "duplicate_count")
			return False
		row.match = found
		if elsewhere:
			row.remarks.append(_("An organisation of this name is known elsewhere: {0}.").format(elsewhere))
			self._report(row, "duplicate_count")
		self.known.add(row.record, row.match or "", row.number)
		return True

	def _show(self, rows: list[Row]):
		"""Add organisations to the preview, as they are read."""
		for row in rows[: MAX_PREVIEWED - len(self.preview)]:
			record = row.record
			values = [
				record["organisation_name"],
				*(record.get(name) for name in ("organisation_kana", "representative", "address", "phone")),
			]
			text = " / ".join(cstr(value).replace("\n", " ") for value in values if value)
			self.preview.append(_("Row {0} {1}: {2}").format(row.number, row.match or _("New"), text))

	def _report(self, row: Row, count: str):
		self.counts[count] += 1
		self.reported.append(row)

	def _wanted(self, row: Row) -> dict[str, Any]:
		"""{fieldname: value} that a row gives a record."""
		values = {name: row.record[name] for name in (*FIELDS, "activity_fields") if name in row.record}
		if self.doc.standing == "Registered Already":
			values["workflow_state"] = "Registered"
			values["registered_on"] = row.record.get("registered_on") or None
			values["valid_until"] = row.record.get("valid_until") or getdate(self.doc.valid_until)
		return {name: value for name, value in values.items() if value not in (None, "", [])}

	def _insert(self, rows: list[Row]):
		if self.dry or not rows:
			return
		moment, user = now_datetime(), frappe.session.user
		columns = ("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx")
		own = (*FIELDS, *TERM_FIELDS, *KEY_FIELDS, "workflow_state", "source", "programme")
		records, activities = [], []
		for name, row in zip(reserve_names(len(rows)), rows):
			values = {"workflow_state": "Draft", "source": "Imported", "programme": self.doc.programme, **self._wanted(row)}
			if values["workflow_state"] == "Registered":
				values.setdefault("registered_on", nowdate())
			values.setdefault("member_count", 0)
			values |= keys_of(values)
			records.append([name, moment, moment, user, user, 0, 0, *(values.get(column) for column in own)])
			activities += activity_rows(name, values.get("activity_fields", ()), moment, user)
		frappe.db.bulk_insert(ORGANISATION, [*columns, *own], records)
		insert_activities(activities)

	# -- reported rows ---------------------------------------------------------------------

	def _keep_reported(self) -> str:
		"""Store the reported rows as an Excel file that can be corrected and imported; returns its url."""
		book = openpyxl.Workbook(write_only=True)
		sheet = book.create_sheet(_("Rows To Look At"))
		sheet.append([_("Row of the list"), _("What to look at"), *(_cell(heading) for heading in self.layout.headings)])
		for row in sorted(self.reported + self.unread, key=lambda row: row.number):
			sheet.append([row.number, " ".join(row.remarks), *(_cell(cell) for cell in row.cells)])
		content = io.BytesIO()
		book.save(content)
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{self.doc.name}-{_('Rows To Look At')}.xlsx",
				"content": content.getvalue(),
				"is_private": 1,
				"attached_to_doctype": DOCTYPE,
				"attached_to_name": self.doc.name,
				"attached_to_field": "problem_file",
			}
		)
		file.insert(ignore_permissions=True)  # the result of the job, on an import that its user may write
		return file.file_url

	def _forget(self, url: str):
		self.doc.db_set("problem_file", None)
		filters = {"file_url": url, "attached_to_doctype": DOCTYPE, "attached_to_name": self.doc.name}
		for name in frappe.get_all("File", filters, pluck="name", order_by="creation"):
			frappe.delete_doc("File", name, ignore_permissions=True)  # the result of an earlier run


def _line(row: Row) -> str:
	"""A reported row with its name, or with its beginning where it is no organisation."""
	name = row.record.get("organisation_name") or " ".join(cell_line(cell) for cell in row.cells if cell_line(cell))[:60]
	return _("Row {0} {1}: {2}").format(row.number, name, " ".join(row.remarks))


def _cell(value: Any) -> Any:
	if isinstance(value, str):
		return safe_cell(openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000])
	return value
