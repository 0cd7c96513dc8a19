"""A list of organisations becomes records: first a dry run that says what would happen, then the same for good.

Not Frappe's Data Import: it reads no CP932, knows neither the national columns nor 和暦, and takes a row that it has seen
for a new record. Both runs are background jobs that go through the list in batches and commit each, so that the site
answers meanwhile; a job that is killed leaves whole batches, and a run of the same list again finds them unchanged.

One organisation is another when their corporate numbers are the same, or their names (rules.textkeys.name_key) and one
of postal code, address, phone number, email address and representative. A name alone that is known elsewhere is
reported, and becomes a record of its own.

What a list may change: of organisations that came from a list and have no people of their own, what the list fills; of
all others what is still empty. An empty cell never empties a field. Who has withdrawn or is suspended stays as is.
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

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations.errors import ImportListMissing, ImportNotChecked, ImportRunning, UnreadableList
from kyodo_frappe.organisations.import_known import (
	FIELDS,
	KEYS,
	ORGANISATION,
	TERM,
	Known,
	Stored,
	activity_rows,
	insert_activities,
	keys_of,
	reserve_names,
)
from kyodo_frappe.organisations.import_reader import read
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.organisation_rows import HEADER_WITHIN, clean_row, is_empty, recognise
from kyodo_frappe.rules.textkeys import safe_cell

DOCTYPE = "Kyodo Organisation Import"
RUNNING = ("Waiting", "Checking", "Importing")
BATCH = 1000
SHOWN = 50
COUNTS = ("new_count", "changed_count", "unchanged_count", "duplicate_count", "error_count")


# -- what the office does -------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def check_list(name: str) -> str:
	"""Begin the dry run of an import: nothing is written but what it found. Returns the job's name.

	Raises PermissionError for others than officers and managers, ValidationError without a list or while a run goes on.
	"""
	return _begin(name, dry=True)


@frappe.whitelist(methods=["POST"])
def import_list(name: str) -> str:
	"""Begin the import of a list that has been checked. Returns the job's name. Raises as `check_list`, and
	ValidationError where the list or the choices have changed since they were checked."""
	return _begin(name, dry=False)


def _begin(name: str, dry: bool) -> str:
	require(OFFICER, MANAGER)
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	doc.check_permission("write")
	file = source_of(doc)
	_refuse_second_run()
	if not dry and doc.run_hash != run_hash(doc, file):
		frappe.throw(_("Please check the list first: it has not been checked as it is now."), exc=ImportNotChecked)
	doc.db_set({"status": "Waiting", "message": None, "done_rows": 0})
	frappe.enqueue(
		"kyodo_frappe.organisations.import_list.run",
		queue="long",
		timeout=2 * 60 * 60,
		job_id=job_of(name),
		enqueue_after_commit=True,
		name=name,
		dry=dry,
		lang=frappe.local.lang,
	)
	return job_of(name)


def job_of(name: str) -> str:
	return f"kyodo-import-{name}"


def is_running(doc: Document | dict) -> bool:
	"""Whether a run of this import waits or works. One whose worker was killed does not."""
	return doc.status in RUNNING and is_job_enqueued(job_of(doc.name))


def _refuse_second_run():
	for row in frappe.get_all(DOCTYPE, {"status": ["in", RUNNING]}, ["name", "status"], order_by="name"):
		if is_running(row):
			frappe.throw(_("{0} is being worked on. Please wait until it is done.").format(row.name), exc=ImportRunning)


def source_of(doc: Document) -> Document:
	"""The list: a private File that hangs on this very import. Raises ValidationError."""
	place = {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name, "is_private": 1}
	file = doc.source_file and frappe.db.get_value("File", {"file_url": doc.source_file, **place})
	if not file:
		frappe.throw(_("Please attach the list first."), exc=ImportListMissing)
	return frappe.get_doc("File", file)


def run_hash(doc: Document, file: Document) -> str:
	"""What a check was about: the list and the choices."""
	choices = (doc.programme, doc.standing, doc.valid_until and getdate(doc.valid_until))
	return "|".join(map(cstr, (file.content_hash, *choices)))


# -- the job --------------------------------------------------------------------------------


def run(name: str, dry: bool, lang: str | None = None):
	"""Go through a list; what becomes of it is in the import's fields. Runs as a job, by the right and in the language of
	who began it."""
	require(OFFICER, MANAGER)
	frappe.local.lang = lang or frappe.local.lang
	doc = frappe.get_doc(DOCTYPE, name)
	try:
		with filelock("kyodo_organisation_import", timeout=1):
			Run(doc, dry).work()
	except LockTimeoutError:
		_end(doc, "Broken Off", _("Another import is being worked on. Please wait until it is done."))
	except UnreadableList as wrong:
		_end(doc, "Broken Off", str(wrong))
	except RuleError as wrong:
		_end(doc, "Broken Off", _(wrong.source).format(*wrong.args_))
	except Exception:
		frappe.db.rollback()
		doc.log_error("Kyodo Organisation Import")
		_end(doc, "Broken Off", _("The run broke off. What was imported stays; please press the button again."))


def _end(doc: Document, status: str, message: str | None = None, **more):
	frappe.db.rollback()
	doc.db_set({"status": status, "message": message, "finished_on": now(), **more})
	frappe.db.commit()
	doc.notify_update()


@dataclass
class Row:
	"""A row of the list on its way: its number as a spreadsheet counts, its cells and what was made of them."""

	number: int
	cells: list
	record: dict
	match: str | None = None
	twin: int | None = None
	said: list[str] = field(default_factory=list)


class Run:
	"""One pass over a list, dry or for good."""

	def __init__(self, doc: Document, dry: bool):
		self.doc, self.dry = doc, dry
		self.file = source_of(doc)
		self.counts = dict.fromkeys(COUNTS, 0)
		self.known = Known()
		self.reported: list[Row] = []
		self.done = 0

	def work(self):
		self.doc.db_set({"status": "Checking" if self.dry else "Importing", "started_on": now(), "finished_on": None, **self.counts})
		frappe.db.commit()
		path = Path(self.file.get_full_path())
		self.layout = recognise(list(islice(read(path), HEADER_WITHIN)))
		total = sum(not is_empty(cells) for cells in islice(read(path), self.layout.header + 1, None))
		if not total:
			raise UnreadableList(_("The list has no rows below its headings."))
		self.doc.db_set(
			{
				"total_rows": total,
				"recognised": _("、").join(self.layout.recognised),
				"ignored": _("、").join(self.layout.ignored),
			}
		)
		rows = self._rows(path)
		while batch := list(islice(rows, BATCH)):
			self._work_on(batch)
			self._report_progress(len(batch), total)
		self._finish()

	def _rows(self, path: Path) -> Iterator[Row]:
		types = dict(vocabulary.choices(vocabulary.ORGANISATION_TYPE, RECORD_LANGUAGE))
		for number, cells in enumerate(islice(read(path), self.layout.header + 1, None), self.layout.header + 2):
			if is_empty(cells):
				continue
			record, wrong = clean_row(cells, self.layout, types)
			yield Row(number, cells, record, said=[_(problem.source).format(*problem.args_) for problem in wrong])

	def _report_progress(self, rows: int, total: int):
		self.done += rows
		self.doc.db_set({"done_rows": self.done, **self.counts}, update_modified=False)
		frappe.db.commit()
		frappe.publish_progress(self.done * 100 / total, title=_("Import of organisations"), doctype=DOCTYPE, docname=self.doc.name)

	def _finish(self):
		values = {"problems": "\n".join(_line(row) for row in self.reported[:SHOWN]) or None, **self.counts}
		old = self.doc.problem_file
		if self.reported:
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

	# -- batches ------------------------------------------------------------------------

	def _work_on(self, batch: list[Row]):
		good = []
		for row in batch:
			if row.said:
				self._report(row, "error_count")
			elif self._find(row):
				good.append(row)
		stored = Stored([row.match for row in good if row.match])
		fresh = [row for row in good if not row.match]
		self._insert(fresh)
		changes = [(row, stored.changes(row.match, self._wanted(row))) for row in good if row.match]
		self.counts["new_count"] += len(fresh)
		self.counts["changed_count"] += sum(bool(change) for _row, change in changes)
		self.counts["unchanged_count"] += sum(not change for _row, change in changes)
		if not self.dry:
			stored.write([(row.match, change) for row, change in changes if change])

	def _find(self, row: Row) -> bool:
		"""Whether the row goes on; sets what it matches."""
		found, twin, elsewhere = self.known.find(row.record)
		if found is Known.UNCLEAR:
			row.said.append(_("There are several organisations of this name, and the list does not say which."))
			self._report(row, "error_count")
			return False
		if twin:
			row.said.append(_("This is the organisation of row {0} again.").format(twin))
			self._report(row, "duplicate_count")
			return False
		row.match = found
		if elsewhere:
			row.said.append(_("An organisation of this name is known elsewhere: {0}.").format(elsewhere))
			self._report(row, "duplicate_count")
		self.known.add(row.record, row.match or "", row.number)
		return True

	def _report(self, row: Row, count: str):
		self.counts[count] += 1
		self.reported.append(row)

	def _wanted(self, row: Row) -> dict[str, Any]:
		"""The values that a row would give a record."""
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
		own = (*FIELDS, *TERM, *KEYS, "workflow_state", "source", "programme")
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

	# -- what is to be looked at -----------------------------------------------------------

	def _keep_reported(self) -> str:
		"""The rows to look at as an Excel file that can be mended and imported; returns its address."""
		book = openpyxl.Workbook(write_only=True)
		sheet = book.create_sheet(_("Rows To Look At"))
		headings = next(islice(read(Path(self.file.get_full_path())), self.layout.header, None))
		sheet.append([_("Row of the list"), _("What to look at"), *(_cell(heading) for heading in headings)])
		for row in self.reported:
			sheet.append([row.number, " ".join(row.said), *(_cell(cell) for cell in row.cells)])
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
		file.insert(ignore_permissions=True)  # the job's own result, on the import that its caller may write
		return file.file_url

	def _forget(self, url: str):
		self.doc.db_set("problem_file", None)
		filters = {"file_url": url, "attached_to_doctype": DOCTYPE, "attached_to_name": self.doc.name}
		for name in frappe.get_all("File", filters, pluck="name", order_by="creation"):
			frappe.delete_doc("File", name, ignore_permissions=True)  # the result of an earlier run


def _line(row: Row) -> str:
	name = row.record.get("organisation_name") or ""
	return _("Row {0} {1}: {2}").format(row.number, name, " ".join(row.said))


def _cell(value: Any) -> Any:
	if isinstance(value, str):
		return safe_cell(openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000])
	return value
