"""A base class whose save reads the record once and writes only the tables that have changed.

Frappe deletes and updates the rows of every table at each save, which causes most of the queries of a change of state.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from frappe.model.document import Document

from kyodo_frappe.common import audit_trail, many_records

# columns that Frappe sets at each save even if nothing has changed
_KEPT_BY_FRAPPE = frozenset({"modified", "modified_by", "creation", "owner"})


class WritesChangedRows(Document):
	"""Base class of records with tables.

	`flags.kyodo_read`: content of a record that was read and locked together with others (common/many_records.py), until it is saved.
	`flags.kyodo_stored`: the stored record, between the check for conflicts and the write of a save.
	"""

	def load_from_db(self):
		"""Read the record, unless `many_records` has just read it. Lock a record that is moved, so that its save need not read it again."""
		if self.flags.get("kyodo_read"):
			return self
		if not self.flags.kyodo_moving:
			return super().load_from_db()
		self.flags.for_update = True
		found = super().load_from_db()
		self.flags.for_update = None
		self.flags.kyodo_read = many_records.content_of(self)
		return found

	def load_doc_before_save(self, *args, **kwargs):
		"""Read the stored record, and copy its rows for the comparison: hooks that restore a table reuse the stored row objects."""
		if read := self.flags.pop("kyodo_read", None):
			self._doc_before_save = many_records.as_read(read)
			self._note_rows_before_save()
		else:
			super().load_doc_before_save(*args, **kwargs)
		stored = self._doc_before_save
		tables = self.meta.get_table_fields()
		self.flags.kyodo_rows = stored and {df.fieldname: [_values(row) for row in stored.get(df.fieldname)] for df in tables}

	def _note_rows_before_save(self):
		"""Give each row its stored version, as Frappe 16 does."""
		stored = {row.name: row for row in self._doc_before_save.get_all_children()}
		for row in self.get_all_children():
			row._doc_before_save = stored.get(row.name)

	def check_if_latest(self):
		"""Check for conflicts; the stored record is locked from here until the end of the transaction."""
		super().check_if_latest()
		self._keep_stored(self._doc_before_save)

	def db_update(self, *args, **kwargs):
		"""Write the record, which makes `kyodo_stored` outdated."""
		self._keep_stored(None)
		return super().db_update(*args, **kwargs)

	def db_set(self, *args, **kwargs):
		"""Write single fields, which makes `kyodo_stored` outdated."""
		self._keep_stored(None)
		return super().db_set(*args, **kwargs)

	def save_version(self):
		"""Write the Version, or defer it to the end of an act that saves many records."""
		if not audit_trail.keep_version(self):
			super().save_version()

	def add_comment(self, comment_type="Comment", text=None, *args, **kwargs):
		"""Add a comment; one about the state is deferred to the end of an act that saves many records."""
		if comment_type == "Workflow" and audit_trail.keep_comment(self, text or comment_type):
			return None
		return super().add_comment(comment_type, text, *args, **kwargs)

	def _keep_stored(self, stored: Document | None):
		for doc in filter(None, (self, getattr(self, "_doc_before_save", None))):
			doc.flags.kyodo_stored = stored

	def update_children(self):
		"""Write only the tables whose rows differ from the stored ones."""
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
	"""A value in its stored form; equal values in different notations count as different and are written again."""
	if value is None:
		return ""
	if isinstance(value, int | float | Decimal):
		return float(value)
	return str(value) if isinstance(value, str | date | datetime | timedelta) else repr(value)
