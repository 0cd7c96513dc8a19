from frappe.model.document import Document


class KyodoYearlyAmount(Document):
	"""One fiscal year of a term of several: cost, rate, what is requested and granted, and whether the year is confirmed."""
