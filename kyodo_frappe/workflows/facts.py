"""Facts about a record that stand in other records, as the conditions of its Workflow name them: `doc.last_result`."""

from typing import ClassVar

from frappe.model.document import Document


class WithFacts(Document):
	"""A record with properties that conditions of its Workflow may ask beside its fields; Frappe evaluates them on `as_dict`.
	They are read when they are asked for, never stored, and tell nothing that readers of the record do not know."""

	facts: ClassVar[tuple[str, ...]] = ()

	def as_dict(self, *args, **kwargs):
		fields = super().as_dict(*args, **kwargs)
		if not self.is_new():
			fields.update({fact: getattr(self, fact) for fact in self.facts})
		return fields
