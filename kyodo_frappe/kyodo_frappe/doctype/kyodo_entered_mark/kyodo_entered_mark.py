from frappe.model.document import Document


class KyodoEnteredMark(Document):
	"""A further mark of a proposal in a step, entered by the office as a total."""
