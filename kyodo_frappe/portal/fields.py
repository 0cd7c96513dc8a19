"""Which fields and columns each form of the portal may write. What is not here cannot be written there."""

from kyodo_frappe.services import organisations
from kyodo_frappe.services.proposals import PARTS

# the steps of writing a proposal, in their order: {step: (fields, {table: columns})}
PROPOSAL_STEPS = {
	"basics": (("title", "call", "needs_budget", "requested_amount", "next_budget_consent"), {}),
	"sheet": (PARTS, {}),
	"plan": (
		(),
		{
			"roles": ("side", "role"),
			"schedule": ("period", "side", "activity"),
			"indicators": ("indicator", "unit", "baseline", "target", "measurement"),
		},
	),
	"money": (
		(),
		{
			"income": ("category", "description", "amount"),
			"expenses": ("category", "description", "unit_price", "quantity", "eligible"),
		},
	),
	"documents": ((), {}),
	"publication": (("publish_consent", "public_summary", "plain_summary", "acknowledged"), {}),
	"check": ((), {}),
}
# where files go in: {table: field of its rows}
PROPOSAL_FILES = {"attachments": "file", "expenses": "estimate"}
# what stays open to the organisation once the sheet is handed in (workflows/proposal.json: open_fields)
PROPOSAL_LATER = ("publish_consent", "public_summary", "plain_summary")

ORGANISATION = organisations.ANSWERS
# may be changed at any time (workflows/organisation.json: open_fields)
ORGANISATION_ALWAYS = organisations.CONTACT

NOTE = ("kind", "note_date", "subject", "note", "participants", "decisions", "next_talk_on", "may_publish")
EXPENSE = ("paid_on", "amount", "budget_line", "category", "description", "payee", "addressee")
CHANGE = ("reason", "plan", "to_date", "granted_amount")
CHANGE_TABLES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
	"roles": ("side", "role"),
	"income": ("category", "description", "amount"),
	"expenses": ("category", "description", "unit_price", "quantity", "eligible"),
}

REPORT = ("summary", "continuation")
REPORT_TABLES = {"settlement": ("category", "description", "actual", "paid_on", "eligible")}
# what was planned stays as planned: these columns of the rows that are there, and no new rows
REPORT_RESULTS = {
	"schedule": ("done", "result"),
	"indicators": ("actual", "measurement", "result_note"),
	"income": ("actual",),
}
REPORT_SHOWN = {
	"schedule": ("period", "activity", "side", "done", "result"),
	"indicators": ("indicator", "unit", "target", "actual", "measurement", "result_note"),
	"income": ("category", "description", "budget", "actual"),
	"settlement": ("category", "description", "budget", "actual", "paid_on", "eligible"),
}

CASE = ("subject", "topic", "channel", "received_on", "small_group", "organisation", "client_name", "client_contact")
CASE += ("content", "answer", "next_on")
CASE_TABLES = {"steps": ("done_on", "what", "by_whom")}
NEED = ("title", "kind", "what", "party", "organisation", "section", "contact_name", "contact", "open_until", "published")
NEED += ("description", "places")
# what an organisation says of its own need; the centre publishes it
NEED_OWN = ("title", "kind", "what", "contact_name", "contact", "open_until", "wants_publishing", "description", "places")
PERSON = ("person_name", "person_kana", "can_be", "belongs_to", "active", "publish_consent", "phone", "email", "fee_note")
PERSON += ("themes", "experience", "places")
DISPATCH = ("purpose", "topic", "sent_to", "from_date", "to_date", "event", "committee", "organisation")
SURVEY = ("title", "fiscal_year", "opens_on", "closes_on", "publish_totals", "introduction")
SURVEY_TABLES = {"questions": ("code", "question", "kind", "choices", "required")}

# {DocType: (fields, tables)}: all that forms of the portal write into records of a kind, whoever sends them
FORMS = {
	"Kyodo Proposal": (
		*(("acknowledged_on", *PROPOSAL_LATER, *(name for names, _tables in PROPOSAL_STEPS.values() for name in names)),),
		{*PROPOSAL_FILES, *(table for _names, tables in PROPOSAL_STEPS.values() for table in tables)},
	),
	"Kyodo Organisation": ((*ORGANISATION, *ORGANISATION_ALWAYS), {"activity_fields", "attachments", "requirement_checks"}),
	"Kyodo Progress Note": (NOTE, {"photos"}),
	"Kyodo Expense": (EXPENSE, set()),
	"Kyodo Plan Change": (CHANGE, set(CHANGE_TABLES)),
	"Kyodo Report": (REPORT, {*REPORT_TABLES, *REPORT_RESULTS, "photos"}),
	"Kyodo Support Case": (CASE, set(CASE_TABLES)),
	"Kyodo Need": (NEED, {"activity_fields", "skills"}),
	"Kyodo Resource Person": (PERSON, {"activity_fields", "skills"}),
	"Kyodo Dispatch": (DISPATCH, set()),
	"Kyodo Survey": (SURVEY, set(SURVEY_TABLES)),
}
