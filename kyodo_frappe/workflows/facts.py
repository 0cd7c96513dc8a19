"""Computed properties of records that conditions of their Workflow may use, such as `doc.last_result`."""

from typing import ClassVar

import frappe
from frappe.model.document import Document

from kyodo_frappe.common.changed_rows import WritesChangedRows


class WithFacts(WritesChangedRows):
	"""Base class of records whose properties `facts` are available to conditions of their Workflow besides the fields.

	Facts are computed on access and never stored, and they must not reveal anything that readers of the record may not know.
	`flags.kyodo_moving`: set while `guard.move` applies an action to the record.
	"""

	facts: ClassVar[tuple[str, ...]] = ()

	def as_dict(self, *args, **kwargs):
		"""Return the fields and, for stored records, the facts.

		Frappe calls it for the condition of each transition. While `apply_workflow` chooses one, all conditions share one result.
		"""
		if self._is_being_moved() and not (args or kwargs):
			seen = self.flags.kyodo_seen = self.flags.kyodo_seen or SeenByConditions(self)
			return seen.as_dict()
		fields = super().as_dict(*args, **kwargs)
		if not self.is_new():
			fields.update({name: self.fact(name) for name in self.facts})
		return fields

	def _is_being_moved(self) -> bool:
		"""Whether the record is as `apply_workflow` has read it, its state not set yet: conditions are being evaluated."""
		read = self.flags.kyodo_moving and self.flags.kyodo_read
		return bool(read) and read.get("workflow_state") == self.get("workflow_state")

	def validate_workflow(self):
		"""Skip Frappe's check while the record is moved: `apply_workflow` has just made it, and the guard checks the transition."""
		if not (self.flags.kyodo_moving and self._action == "save"):
			super().validate_workflow()

	def load_from_db(self):
		"""Read the record, and discard facts that were computed before."""
		for name in ("kyodo_facts", "kyodo_seen"):
			self.flags.pop(name, None)
		return super().load_from_db()

	def load_doc_before_save(self, *args, **kwargs):
		"""Read the stored record, which shares the facts computed so far if its state is the same."""
		super().load_doc_before_save(*args, **kwargs)
		if stored := self._doc_before_save:
			stored.flags.kyodo_facts = self.flags.get("kyodo_facts")

	def fact(self, name: str):
		"""Return a fact for this state and user, computed once until the record is saved or read again."""
		now = (frappe.session.user, self.name, self.get("workflow_state"), str(self.docstatus), str(self.modified))
		known = self.flags.get("kyodo_facts")
		if known is None or known[0] != now:
			known = self.flags.kyodo_facts = now, {}
		if name not in known[1]:
			known[1][name] = getattr(self, name)
		return known[1][name]


class ReadByCondition(frappe._dict):
	"""The fields of a record for a condition; tables and facts are added on access."""

	def __init__(self, fields: dict, doc: Document):
		super().__init__(fields)
		object.__setattr__(self, "_doc", doc)

	def __missing__(self, key: str):
		if key in getattr(self._doc, "facts", ()) and not self._doc.is_new():
			return self._doc.fact(key)
		if key in {df.fieldname for df in self._doc.meta.get_table_fields()}:
			return self.setdefault(key, [row.as_dict() for row in self._doc.get(key)])
		raise KeyError(key)

	def get(self, key: str, default=None):
		"""Return a field, a table or a fact."""
		try:
			return self[key]
		except KeyError:
			return default

	__getattr__ = get


class SeenByConditions:
	"""A record for the conditions of several transitions: its fields are read once, its tables on access only."""

	def __init__(self, doc: Document):
		self._doc, self._read = doc, None

	def as_dict(self) -> ReadByCondition:
		"""Return the fields, tables and facts of the record."""
		if self._read is None:
			self._read = ReadByCondition({**self._doc.get_valid_dict(), "doctype": self._doc.doctype}, self._doc)
		return self._read
