from frappe.model.document import Document


class KyodoPendingTask(Document):
	"""Work that an act leaves for after its commit, until a job has done it (common/tasks.py)."""
