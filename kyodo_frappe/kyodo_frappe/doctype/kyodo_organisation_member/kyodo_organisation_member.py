from frappe.model.document import Document


class KyodoOrganisationMember(Document):
	"""A member of an organisation with a login and a role."""
