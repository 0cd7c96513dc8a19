from frappe.model.document import Document


class KyodoHandover(Document):
	"""What somebody who left or changed section handed over, to whom and when (accounts/handover.py)."""
