"""Computed properties of records that conditions of their Workflow may use, such as `doc.last_result`."""

from typing import ClassVar

from frappe.model.document import Document


class WithFacts(Document):
	"""Base class of records whose properties `facts` are available to conditions of their Workflow besides the fields.

	Frappe evaluates conditions on `as_dict`. Facts are computed on access and never stored, and they must not reveal
	anything that readers of the record may not know.
	"""

	facts: ClassVar[tuple[str, ...]] = ()

	def as_dict(self, *args, **kwargs):
		"""Return the fields and, for stored records, the facts."""
		fields = super().as_dict(*args, **kwargs)
		if not self.is_new():
			fields.update({fact: getattr(self, fact) for fact in self.facts})
		return fields
