"""The fields and columns that the portal forms of this room may write (hooks.py: kyodo_portal_fields)."""

CASE = ("subject", "topic", "channel", "received_on", "small_group", "organisation", "client_name", "client_contact")
CASE += ("content", "answer", "next_on")
CASE_TABLES = {"steps": ("done_on", "what", "by_whom")}
NEED = ("title", "kind", "what", "party", "organisation", "section", "contact_name", "contact", "open_until", "published")
NEED += ("description", "places")
# an organisation describes its own need; only the support centre publishes it
OWN_NEED = ("title", "kind", "what", "contact_name", "contact", "open_until", "wants_publishing", "description", "places")
PERSON = ("person_name", "person_kana", "can_be", "belongs_to", "active", "publish_consent", "phone", "email", "fee_note")
PERSON += ("themes", "experience", "places")
DISPATCH = ("purpose", "topic", "sent_to", "from_date", "to_date", "event", "committee", "organisation")
SURVEY = ("title", "fiscal_year", "opens_on", "closes_on", "publish_totals", "introduction")
SURVEY_TABLES = {"questions": ("code", "question", "kind", "choices", "required")}

PORTAL_FIELDS = {
	"Kyodo Support Case": (CASE, set(CASE_TABLES)),
	"Kyodo Need": ((*NEED, "wants_publishing"), {"activity_fields", "skills"}),
	"Kyodo Resource Person": (PERSON, {"activity_fields", "skills"}),
	"Kyodo Dispatch": (DISPATCH, set()),
	"Kyodo Survey": (SURVEY, set(SURVEY_TABLES)),
}
