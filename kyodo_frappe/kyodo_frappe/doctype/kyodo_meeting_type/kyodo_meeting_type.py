from kyodo_frappe.common.vocabulary import Term


class KyodoMeetingType(Term):
	pass
