from kyodo_frappe.services.vocabulary import Term


class KyodoMeetingType(Term):
	pass
