from frappe.model.document import Document


class KyodoProgrammeVersion(Document):
	"""The binding rules of a programme at a time (programme/versions.py)."""
