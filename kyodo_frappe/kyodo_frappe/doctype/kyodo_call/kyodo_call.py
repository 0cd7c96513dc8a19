from frappe.model.document import Document

from kyodo_frappe.programme import calls
from kyodo_frappe.services import screening


class KyodoCall(Document):
	def validate(self):
		calls.check_dates(self)
		screening.check_theme_call(self)
