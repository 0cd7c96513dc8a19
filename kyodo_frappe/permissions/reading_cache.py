"""A cache for one page or act: memberships of the user and records that they may read, each looked up once."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from kyodo_frappe.common import whole_records


@contextmanager
def while_reading() -> Iterator[None]:
	"""Cache the results of functions marked `cached_while_reading` until the block ends. Only for reading: memberships must not change."""
	before = getattr(frappe.local, "kyodo_reading_cache", None)
	frappe.local.kyodo_reading_cache = {} if before is None else before
	try:
		yield
	finally:
		frappe.local.kyodo_reading_cache = before


def forget():
	"""Clear the caches after a membership has changed."""
	if getattr(frappe.local, "kyodo_reading_cache", None):
		frappe.local.kyodo_reading_cache.clear()
	_forget_until_written()


def cached_until_written(function: Callable[..., list]) -> Callable[..., list]:
	"""Decorator: cache the list that a function returns, by its arguments, until the transaction writes something or ends.

	An act looks up memberships several times before it changes anything: on reading, for each transition, and on saving.
	"""

	@functools.wraps(function)
	def cached(*args) -> list:
		if frappe.db.transaction_writes:
			return function(*args)
		known = _known_until_written()
		key = (function.__module__, function.__name__, *args)
		if key not in known:
			known[key] = function(*args)
		return list(known[key])

	return cached


def _known_until_written() -> dict:
	known = getattr(frappe.local, "kyodo_until_written", None)
	if known is None:
		known = frappe.local.kyodo_until_written = {}
		for end in (frappe.db.before_commit, frappe.db.after_commit, frappe.db.after_rollback):
			end.add(_forget_until_written)
	return known


def _forget_until_written():
	frappe.local.kyodo_until_written = None


def readable(doctype: str, name: str) -> Document | None:
	"""Return a record for a page, or None if the current user may not read it.

	Within `while_reading` all callers get the same document. Do not change it; to write, read the record again.
	"""
	known = getattr(frappe.local, "kyodo_reading_cache", None)
	if known is None:
		return _readable(doctype, name)
	key = ("readable", frappe.session.user, doctype, name)
	if key not in known:
		known[key] = _readable(doctype, name)
	return known[key]


def _readable(doctype: str, name: str) -> Document | None:
	doc = whole_records.read(doctype, name)
	return doc if doc is not None and doc.has_permission("read") else None


def cached_while_reading(function: Callable[..., list]) -> Callable[..., list]:
	"""Decorator: cache the list that a function returns, by its arguments, within `while_reading`; outside, call it each time."""

	@functools.wraps(function)
	def cached(*args, **kwargs) -> list:
		known = getattr(frappe.local, "kyodo_reading_cache", None)
		if known is None:
			return function(*args, **kwargs)
		key = (function.__module__, function.__name__, args, *sorted(kwargs.items()))
		if key not in known:
			known[key] = function(*args, **kwargs)
		return list(known[key])

	return cached
