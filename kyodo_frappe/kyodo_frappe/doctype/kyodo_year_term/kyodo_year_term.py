from frappe.model.document import Document


class KyodoYearTerm(Document):
	"""What holds from a year of a term, or from a time that the same project is adopted, on: rate, ceiling and budget."""
