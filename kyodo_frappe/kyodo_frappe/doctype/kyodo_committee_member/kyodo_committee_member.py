from frappe.model.document import Document


class KyodoCommitteeMember(Document):
	"""A seat in a committee: member, side, step, term, substitute."""
