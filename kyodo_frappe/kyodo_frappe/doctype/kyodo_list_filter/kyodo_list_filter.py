from frappe.model.document import Document

from kyodo_frappe.programme import list_filters


class KyodoListFilter(Document):
	"""A saved view of a list of the desk: a button with conditions, for a role or for everybody."""

	def validate(self):
		"""Raise ValidationError for conditions that the list could not apply."""
		list_filters.check(self)
