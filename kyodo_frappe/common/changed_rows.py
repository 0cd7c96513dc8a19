"""Saving a record writes only those of its tables that the save changes.

Frappe deletes and updates the rows of every table at each save, which is most of what a change of state asks the database.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from frappe.model.document import Document

# columns that Frappe sets at each save, and says nothing by
_KEPT_BY_FRAPPE = frozenset({"modified", "modified_by", "creation", "owner"})


class WritesChangedRows(Document):
	"""Base class of records with tables."""

	def load_doc_before_save(self, *args, **kwargs):
		"""Read what is stored, and note its rows: hooks that restore a table put the stored rows themselves into the record."""
		super().load_doc_before_save(*args, **kwargs)
		stored = self._doc_before_save
		tables = self.meta.get_table_fields()
		self.flags.kyodo_rows = stored and {df.fieldname: [_values(row) for row in stored.get(df.fieldname)] for df in tables}

	def update_children(self):
		"""Write the tables that differ from what is stored, which Frappe has locked and read before the save."""
		stored = self.flags.pop("kyodo_rows", None)
		for df in self.meta.get_table_fields():
			if stored is None or [_values(row) for row in self.get(df.fieldname)] != stored[df.fieldname]:
				self.update_child_table(df.fieldname, df)


def _values(row: Document) -> list[str | float] | None:
	"""The columns of a row as they are stored; None for a row that is not stored yet."""
	if row.is_new():
		return None
	return [_plain(row.get(column)) for column in row.meta.get_valid_columns() if column not in _KEPT_BY_FRAPPE]


def _plain(value) -> str | float:
	"""A value as it is stored; what is the same and written otherwise counts as different, and is written again."""
	if value is None:
		return ""
	if isinstance(value, int | float | Decimal):
		return float(value)
	return str(value) if isinstance(value, str | date | datetime | timedelta) else repr(value)
