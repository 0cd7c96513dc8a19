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

	def update_children(self):
		"""Write the tables that differ from what is stored, which Frappe has locked and read before the save."""
		before = self.get_doc_before_save()
		for df in self.meta.get_table_fields():
			if before is None or not _same_rows(self.get(df.fieldname), before.get(df.fieldname)):
				self.update_child_table(df.fieldname, df)


def _same_rows(rows: list[Document], stored: list[Document]) -> bool:
	return len(rows) == len(stored) and all(_same(row, other) for row, other in zip(rows, stored, strict=True))


def _same(row: Document, stored: Document) -> bool:
	if row.is_new() or row.name != stored.name:
		return False
	columns = row.meta.get_valid_columns()
	return all(_plain(row.get(column)) == _plain(stored.get(column)) for column in columns if column not in _KEPT_BY_FRAPPE)


def _plain(value) -> str | float:
	"""A value as it is stored; what is the same and written otherwise counts as different, and is written again."""
	if value is None:
		return ""
	if isinstance(value, int | float | Decimal):
		return float(value)
	return str(value) if isinstance(value, str | date | datetime | timedelta) else repr(value)
