"""What Frappe keeps pickled in Redis and reads again in each request: the same bytes are unpickled once in a process of tests, then
copied, which takes a tenth of the time. A copy is what unpickling gives: new objects of the same classes, with the same references
among them."""

import datetime
import decimal
import pickle

LEAST = 1_000  # bytes that are worth it
MOST = 2_000  # values that are remembered
PLAIN = {
	*(type(None), bool, int, float, complex, str, bytes, decimal.Decimal),
	*(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
}


class NotCopied(Exception):
	"""A value holds something of which nobody has said how to copy it."""


class Copier:
	"""Copies one value: `copy()`. It must not be used or changed by anybody else."""

	def __init__(self, value):
		import frappe
		from frappe.model.base_document import BaseDocument

		self._dicts, self._documents = (dict, frappe._dict), BaseDocument
		self._parts = []  # (function that copies a list, a dict or a document without its parts, that list, dict or document)
		self._in_containers, self._in_documents = [], []  # (number of a part, key or index in it, number of the part that stands there)
		self._numbers = {}
		self._value, self._root = value, self._add(value)

	def copy(self):
		"""Return a new copy of the value."""
		made = [copied(part) for copied, part in self._parts]
		for number, key, other in self._in_containers:
			made[number][key] = made[other]
		for number, key, other in self._in_documents:
			made[number].__dict__[key] = made[other]
		return self._value if self._root is None else made[self._root]

	def _add(self, value) -> int | None:
		"""Take a value apart, and return its number; None for what cannot be changed and need not be copied."""
		kind = type(value)
		if kind in PLAIN or (kind in (tuple, frozenset) and all(self._add(one) is None for one in value)):
			return None
		if id(value) not in self._numbers:
			self._numbers[id(value)] = number = len(self._parts)
			if kind is list:
				self._take(number, list.copy, value, enumerate(value), self._in_containers)
			elif kind in self._dicts and not getattr(value, "__dict__", None):
				self._take(number, kind, value, value.items(), self._in_containers)
			elif kind is set:
				self._take(number, set.copy, value, ((None, one) for one in value), None)
			elif isinstance(value, self._documents) and not hasattr(kind, "__setstate__"):
				self._take(number, _document, value, value.__dict__.items(), self._in_documents)
			else:
				raise NotCopied(kind)
		return self._numbers[id(value)]

	def _take(self, number: int, copied, value, items, links: list | None):
		self._parts.append((copied, value))
		for key, one in items:
			if (other := self._add(one)) is not None:
				if links is None:
					raise NotCopied(type(one))
				links.append((number, key, other))


def _document(document):
	new = object.__new__(type(document))
	new.__dict__.update(document.__dict__)
	return new


class Copies:
	"""The module `pickle`, as Frappe's cache uses it, which remembers what it has unpickled."""

	def __init__(self):
		self._known = {}  # {number of bytes: [(the bytes, Copier, or None if they came once, or False)]}
		self._number = 0

	def __getattr__(self, name: str):
		return getattr(pickle, name)

	def loads(self, given: bytes, **more):
		"""Return what has been pickled."""
		if len(given) < LEAST or more:
			return pickle.loads(given, **more)
		alike = self._known.setdefault(len(given), [])
		at = next((at for at, (stored, _copier) in enumerate(alike) if stored == given), None)
		if at is None:
			self._remember(given)
		elif alike[at][1]:
			return alike[at][1].copy()
		elif alike[at][1] is None:
			alike[at] = (given, _copier_of(given))
		return pickle.loads(given)

	def _remember(self, given: bytes):
		self._number += 1
		if self._number > MOST:
			self._known, self._number = {}, 1
		self._known.setdefault(len(given), []).append((given, None))


def _copier_of(given: bytes) -> Copier | bool:
	try:
		return Copier(pickle.loads(given))
	except NotCopied:
		return False
