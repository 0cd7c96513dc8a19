from frappe.model.document import Document


class KyodoInvitation(Document):
	"""A link sent by mail (accounts/invitations.py)."""
