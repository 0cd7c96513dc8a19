from frappe.model.document import Document

from kyodo_frappe.programme import calls
from kyodo_frappe.screening import screenings as screening


class KyodoCall(Document):
	def validate(self):
		calls.check_dates(self)
		screening.check_theme_call(self)
