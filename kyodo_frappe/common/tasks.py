"""Work that an act leaves for after its commit and that must not be lost.

An act writes each task into a row of its transaction: an act that is undone leaves none. After the commit a job takes the row and does
the work, both in one transaction, so that it is done once. What a lost job, or a queue that could not be reached, has left is enqueued
again by the scheduler (hooks.py).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document
from frappe.utils import add_to_date, now_datetime

from kyodo_frappe.common import background

TASK = "Kyodo Pending Task"
OURS = "kyodo_frappe."
# rows that are younger belong to a job that is about to run
MINUTES_LEFT_TO_JOBS = 3
MOST_ATTEMPTS = 5  # a task that has failed so often stays, for whoever looks after the site (docs/growth.md)
AT_A_TIME = 50
WAITING, FAILED = "waiting", "failed"
SAVEPOINT = "kyodo_task"


class Unfinished(Exception):
	"""Raised at the end of work that could be done only in part: the part is kept, and the row keeps sentences about what is missing, one a
	line, until the rest is done."""


def later(method: str, about: Document, queue: str = "long", timeout: int = 0, job_id: str = "", **arguments):
	"""Have a function of this app called after the commit, as the current user. arguments: as JSON holds them.

	about: the record that shows what is still to be done; timeout: seconds, 0 for that of the queue.
	"""
	row = frappe.get_doc(
		{
			"doctype": TASK,
			"method": method,
			"arguments": json.dumps(arguments, ensure_ascii=False),
			"run_as": frappe.session.user,
			"language": frappe.local.lang,
			"queue": queue,
			"job_timeout": timeout,
			"job_id": job_id,
			"reference_doctype": about.doctype,
			"reference_name": about.name,
		}
	)
	row.set_user_and_timestamp()
	row.set_new_name()
	row.job_id = row.job_id or f"kyodo-task-{row.name}"
	row.db_insert()  # nothing in it is anybody's to validate
	frappe.db.after_commit.add(lambda: _enqueue(row))


def at_once(method: str, about: Document, queue: str = "", timeout: int = 0, job_id: str = "", **arguments):
	"""Do the work within the act: for the demo, which is at another time, and for tests."""
	frappe.get_attr(method)(**arguments)


def state_of(method: str, about: Document) -> tuple[str | None, list[str]]:
	"""(WAITING or FAILED for a task about a record that is still to be done, None without one; the sentences that say what of it could not
	be done so far)."""
	of_record = {"method": method, "reference_doctype": about.doctype, "reference_name": about.name}
	rows = frappe.get_all(TASK, of_record, ["attempts", "problems"], order_by="creation")
	if not rows:
		return None, []
	problems = [line for row in rows for line in (row.problems or "").splitlines()]
	return (FAILED if rows[0].attempts >= MOST_ATTEMPTS else WAITING), problems


def try_again(method: str, about: Document):
	"""Have tasks about a record that failed done after the commit: their cause may be gone."""
	of_record = {"method": method, "reference_doctype": about.doctype, "reference_name": about.name}
	for name in frappe.get_all(TASK, of_record, pluck="name", order_by="creation"):
		row = frappe.get_doc(TASK, name)
		row.db_set("attempts", 0, update_modified=False)
		frappe.db.after_commit.add(lambda row=row: _enqueue(row))


def drop(method: str, about: Document):
	"""Delete tasks about a record that another one replaces."""
	frappe.db.delete(TASK, {"method": method, "reference_doctype": about.doctype, "reference_name": about.name})


def do(name: str):
	"""Do a task (a job). A failure is rolled back and tried again later; a second job for the same task finds it done."""
	row = frappe.db.get_value(TASK, name, "*", as_dict=True, for_update=True)
	if not row or not row.method.startswith(OURS):
		return
	frappe.db.savepoint(SAVEPOINT)
	frappe.db.delete(TASK, {"name": name})  # first, as work that commits on its way says itself how far it is
	try:
		with _acting_as(row.run_as, row.language):
			frappe.get_attr(row.method)(**json.loads(row.arguments))
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the database has rolled back the transaction, and the row with it
	except Unfinished as rest:
		frappe.get_doc({"doctype": TASK, **row, "attempts": row.attempts + 1, "problems": str(rest)}).db_insert()
	except Exception:
		_note_failure(row)


def enqueue_waiting():
	"""Enqueue again what jobs have left (hooks.py, scheduler)."""
	waiting = {
		"creation": ["<", add_to_date(now_datetime(), minutes=-MINUTES_LEFT_TO_JOBS)],
		"attempts": ["<", MOST_ATTEMPTS],
	}
	fields = ["name", "queue", "job_id", "job_timeout"]
	for row in frappe.get_all(TASK, waiting, fields, order_by="creation asc", limit=AT_A_TIME):
		_enqueue(row)


def _enqueue(row: Document | dict):
	more = {"timeout": row.job_timeout} if row.job_timeout else {}
	background.enqueue("kyodo_frappe.common.tasks.do", row.queue, row.job_id, name=row.name, **more)


def _note_failure(row: dict):
	try:
		frappe.db.rollback(save_point=SAVEPOINT)
	except frappe.db.OperationalError:  # the work has committed a part of it
		frappe.db.rollback()
	attempts = frappe.db.get_value(TASK, row.name, "attempts")
	if attempts is not None:
		frappe.db.set_value(TASK, row.name, "attempts", attempts + 1, update_modified=False)
	frappe.log_error(title=f"Kyodo: {row.method}"[:140], reference_doctype=row.reference_doctype, reference_name=row.reference_name)


@contextmanager
def _acting_as(user: str, language: str | None) -> Iterator[None]:
	before, lang = frappe.session.user, frappe.local.lang
	if user != before:
		frappe.set_user(user)
	frappe.local.lang = language or lang
	try:
		yield
	finally:
		if user != before:
			frappe.set_user(before)
		frappe.local.lang = lang
