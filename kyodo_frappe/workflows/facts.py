"""Computed properties of records that conditions of their Workflow may use, such as `doc.last_result`."""

from typing import ClassVar

import frappe
from frappe.model.document import Document

from kyodo_frappe.common.changed_rows import WritesChangedRows


class WithFacts(WritesChangedRows):
	"""Base class of records whose properties `facts` are available to conditions of their Workflow besides the fields.

	Frappe evaluates conditions on `as_dict`, once for each transition. Facts are computed on access and never stored, and
	they must not reveal anything that readers of the record may not know.
	"""

	facts: ClassVar[tuple[str, ...]] = ()

	def as_dict(self, *args, **kwargs):
		"""Return the fields and, for stored records, the facts.

		While the record is moved, conditions see the same ones until a value changes, and a fact is computed when one asks for it.
		"""
		if args or kwargs or not self.flags.kyodo_moving:
			return self._with_facts(*args, **kwargs)
		return self.as_seen()

	def as_seen(self) -> dict:
		"""Return the fields, and the facts for whoever asks for them."""
		values = [value for part in (self, *self.get_all_children()) for value in part.__dict__.values()]
		before, seen = self.flags.get("kyodo_seen") or ((), None)
		if len(before) != len(values) or any(one is not other for one, other in zip(before, values, strict=True)):
			seen = super().as_dict()
			seen = seen if self.is_new() else FieldsAndFacts(seen, self)
			self.flags.kyodo_seen = values, seen
		return seen

	def _with_facts(self, *args, **kwargs) -> dict:
		fields = super().as_dict(*args, **kwargs)
		if not self.is_new():
			fields.update({name: self.fact(name) for name in self.facts})
		return fields

	def load_from_db(self):
		"""Read the record, and its facts again when they are asked for."""
		self.flags.pop("kyodo_facts", None)
		return super().load_from_db()

	def load_doc_before_save(self, *args, **kwargs):
		"""Read what is stored, of which the facts are known if they are of the same state."""
		super().load_doc_before_save(*args, **kwargs)
		if stored := self._doc_before_save:
			stored.flags.kyodo_moving = self.flags.kyodo_moving
			stored.flags.kyodo_facts = self.flags.get("kyodo_facts")

	def fact(self, name: str):
		"""A fact of this state for this reader: computed once until the record is saved or read again."""
		now = (frappe.session.user, self.name, self.get("workflow_state"), str(self.docstatus), str(self.modified))
		known = self.flags.get("kyodo_facts")
		if known is None or known[0] != now:
			known = self.flags.kyodo_facts = now, {}
		if name not in known[1]:
			known[1][name] = getattr(self, name)
		return known[1][name]


class FieldsAndFacts(frappe._dict):
	"""The fields of a record, and its facts for whoever asks for them."""

	def __init__(self, fields: dict, doc: WithFacts):
		super().__init__(fields)
		object.__setattr__(self, "doc_of_facts", doc)

	def __missing__(self, key: str):
		if key not in self.doc_of_facts.facts:
			raise KeyError(key)
		return self.doc_of_facts.fact(key)

	def get(self, key: str, default=None):
		"""Return a field or a fact."""
		return self[key] if key in self or key in self.doc_of_facts.facts else default

	__getattr__ = get


class SeenByConditions:
	"""A record as conditions see it, computed once for all of them."""

	def __init__(self, doc: Document):
		self._doc, self._fields = doc, None

	def as_dict(self) -> dict:
		"""Return the fields and facts of the record."""
		if self._fields is None:
			self._fields = self._doc.as_seen() if isinstance(self._doc, WithFacts) else self._doc.as_dict()
		return self._fields
