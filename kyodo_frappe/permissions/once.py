"""Questions about the reader of a page that are answered once while it is read."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from kyodo_frappe.common import whole_records


@contextmanager
def asked_once() -> Iterator[None]:
	"""Answer each question that is marked `once` a single time while the block runs: for reading, which changes no membership."""
	before = getattr(frappe.local, "kyodo_answers", None)
	frappe.local.kyodo_answers = {} if before is None else before
	try:
		yield
	finally:
		frappe.local.kyodo_answers = before


def forget():
	"""Ask again from now on, within `asked_once`: somebody's membership has changed."""
	if getattr(frappe.local, "kyodo_answers", None):
		frappe.local.kyodo_answers.clear()


def readable(doctype: str, name: str) -> Document | None:
	"""Return a record that the current user may read, or None: for pages. Within `asked_once` it is read and asked for a single
	time, so nobody changes it: whoever writes reads it anew."""
	known = getattr(frappe.local, "kyodo_answers", None)
	if known is None:
		return _readable(doctype, name)
	question = ("readable", frappe.session.user, doctype, name)
	if question not in known:
		known[question] = _readable(doctype, name)
	return known[question]


def _readable(doctype: str, name: str) -> Document | None:
	doc = whole_records.read(doctype, name)
	return doc if doc is not None and doc.has_permission("read") else None


def once(function: Callable[..., list]) -> Callable[..., list]:
	"""Mark a function as a question; outside of `asked_once` it is asked each time."""

	@functools.wraps(function)
	def answer(*args, **kwargs) -> list:
		known = getattr(frappe.local, "kyodo_answers", None)
		if known is None:
			return function(*args, **kwargs)
		question = (function.__module__, function.__name__, args, *sorted(kwargs.items()))
		if question not in known:
			known[question] = function(*args, **kwargs)
		return list(known[question])

	return answer
