"""Which fields and columns each form of the portal may write. What is not here cannot be written there."""

from kyodo_frappe.services.proposals import PARTS

PROPOSAL = (
	*("title", "call", "needs_budget", "requested_amount", "next_budget_consent"),
	*PARTS,
	*("publish_consent", "public_summary", "plain_summary"),
)
PROPOSAL_TABLES = {
	"roles": ("side", "role"),
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "measurement"),
	"income": ("category", "description", "amount"),
	"expenses": ("category", "description", "unit_price", "quantity", "eligible"),
}
# what stays open to the organisation once the sheet is handed in (workflows/proposal.json: open_fields)
PROPOSAL_LATER = ("publish_consent", "public_summary", "plain_summary")

ORGANISATION = (
	*("organisation_name", "organisation_kana", "organisation_type", "corporate_number", "representative"),
	*("postal_code", "address", "purpose", "established_on", "member_count"),
)
# may be changed at any time (workflows/organisation.json: open_fields)
ORGANISATION_ALWAYS = (
	*("phone", "email", "website", "publish_profile", "publish_representative", "publish_address"),
	*("publish_phone", "publish_email", "publish_website"),
)
ORGANISATION_TABLES = {"requirement_checks": ("fulfilled", "note")}

REPORT = ("summary", "continuation")
REPORT_TABLES = {"settlement": ("category", "description", "actual", "paid_on", "eligible")}
# what was agreed stays as agreed: these columns of the rows that are there, and no new rows
REPORT_RESULTS = ("actual", "measurement")
REPORT_SHOWN = {
	"indicators": ("indicator", "unit", "target", "actual", "measurement"),
	"settlement": ("category", "description", "budget", "actual", "paid_on", "eligible"),
}
