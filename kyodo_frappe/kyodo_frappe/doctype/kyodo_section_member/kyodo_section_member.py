from frappe.model.document import Document


class KyodoSectionMember(Document):
	"""An officer of a section."""
