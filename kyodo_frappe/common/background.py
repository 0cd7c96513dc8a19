"""Jobs that follow a commit. If the queue cannot be reached, the act is kept all the same: the caller has a row by which the scheduler
finds the work again."""

import frappe


def after_commit(method: str, queue: str, job_id: str | None = None, **arguments):
	"""Enqueue a job once this transaction is committed; with `job_id`, unless the same one is waiting."""
	frappe.db.after_commit.add(lambda: enqueue(method, queue, job_id, **arguments))


def enqueue(method: str, queue: str, job_id: str | None = None, **arguments):
	"""Enqueue a job now; a queue that cannot be reached is logged."""
	once = {"job_id": job_id, "deduplicate": True} if job_id else {}
	try:
		frappe.enqueue(method, queue=queue, **once, **arguments)
	except Exception:  # Redis is away, or its queue is full: various errors
		frappe.logger("kyodo").exception(f"not enqueued: {method} {arguments}")
