"""The fields and columns that the portal forms of this room may write (hooks.py: kyodo_portal_fields)."""

NOTE = ("kind", "note_date", "subject", "note", "participants", "decisions", "next_talk_on", "may_publish", "publish_photos")
EXPENSE = ("paid_on", "amount", "quantity", "budget_line", "category", "description", "payee", "addressee")
CHANGE = ("reason", "plan", "to_date", "granted_amount")
CHANGE_TABLES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
	"roles": ("side", "role"),
	"income": ("category", "description", "amount", "year_number"),
	"expenses": ("category", "description", "unit_price", "quantity", "eligible", "year_number"),
	"yearly_amounts": ("fiscal_year", "granted"),
}

# arguments of `payment_requests.ask`; the record itself is written by no form
PAYMENT_REQUEST = ("kind", "amount", "bank_name", "bank_branch", "account_type", "account_number", "account_holder")

PORTAL_FIELDS = {
	"Kyodo Progress Note": (NOTE, {"photos"}),
	"Kyodo Expense": (EXPENSE, set()),
	"Kyodo Plan Change": (CHANGE, set(CHANGE_TABLES)),
}
