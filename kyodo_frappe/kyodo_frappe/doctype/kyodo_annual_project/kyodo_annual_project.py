from frappe.model.document import Document


class KyodoAnnualProject(Document):
	"""A project in an annual report: its sentence and photo."""
