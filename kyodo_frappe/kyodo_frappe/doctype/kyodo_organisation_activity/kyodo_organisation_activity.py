from frappe.model.document import Document


class KyodoOrganisationActivity(Document):
	"""A field of activity of an organisation."""
