"""Which records of each kind a login may open: one rule per kind, read by both Frappe hooks (design.md §3).

A rule is (role, conditions, conditions for writing). A record is open to a login that has the role of a rule
and meets all its conditions; several rules are alternatives. A condition is (fieldname, operator, value):
`=`, `!=` compare with a constant, `in` and `not in` ask whether the field's value is in the list that a function of
the login returns. Role permissions (DocPerm) decide what may be done at all; the rules only narrow it to records.
Conditions for writing replace those for reading where they are given; CLOSED means: read only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kyodo_frappe.permissions import people
from kyodo_frappe.permissions.people import WRITERS
from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, ORGANISATION, PORTAL, SECTION, SUPPORT
from kyodo_frappe.workflows.states import drafts

Condition = tuple[str, str, str | int | Callable[[str], list]]


@dataclass(frozen=True)
class Rule:
	role: str
	read: tuple[Condition, ...] = ()
	write: tuple[Condition, ...] | None = None


CLOSED: tuple[Condition, ...] = (("name", "in", lambda user: []),)

_own_organisation = ("organisation", "in", people.organisations_of)
_write_for_organisation = ("organisation", "in", partial(people.organisations_of, member_roles=WRITERS))
_own_section = ("section", "in", people.sections_of)
_my_projects = ("project", "in", people.projects_of_organisations)
_write_my_projects = ("project", "in", partial(people.projects_of_organisations, member_roles=WRITERS))
# who belongs to a project's organisation judges it from there, also when working at its section
_not_my_projects = ("project", "not in", people.projects_of_organisations)
_mine = ("owner", "in", lambda user: [user])
_not_draft = ("workflow_state", "not in", lambda user: drafts("Kyodo Proposal"))
_applied = ("workflow_state", "not in", lambda user: drafts("Kyodo Organisation"))

OFFICE = (Rule(OFFICER), Rule(MANAGER))

# A draft is its writers' own: the city sees a proposal from the moment it is handed in.
PROPOSAL = (
	Rule(OFFICER, (_not_draft,)),
	Rule(OFFICER, (("origin", "=", "City"),)),
	Rule(OFFICER, (("intake", "=", "Paper"),)),
	Rule(OFFICER, (_mine,)),
	Rule(MANAGER, (_not_draft,)),
	Rule(SECTION, (_not_draft, _own_section), CLOSED),
	Rule(SECTION, (("origin", "!=", "Organisation"), _own_section)),
	Rule(SECTION, (_mine,)),
	Rule(ORGANISATION, (_own_organisation,), (_write_for_organisation,)),
	Rule(ORGANISATION, (("name", "in", partial(people.records_with_partner, "Kyodo Proposal")),), CLOSED),
	Rule(COMMITTEE, (_not_draft, ("name", "in", partial(people.on_agenda_of, fieldname="proposal")))),
	# the support centre comes in when it is asked, and sees later what became of what it advised on
	Rule(SUPPORT, (("advice_access", "in", lambda user: ["Comment", "Write"]),), (("advice_access", "=", "Write"),)),
	Rule(SUPPORT, (("name", "in", people.proposals_advised_by),), CLOSED),
)

ORGANISATION_RECORD = (
	*OFFICE,
	Rule(SECTION, (_applied,)),
	Rule(SUPPORT, (_applied,)),
	Rule(
		ORGANISATION,
		(("name", "in", people.organisations_of),),
		(("name", "in", partial(people.organisations_of, member_roles=WRITERS)),),
	),
	Rule(ORGANISATION, (_mine, ("workflow_state", "in", lambda user: drafts("Kyodo Organisation")))),
)

# what the support centre runs, and what it tells the organisations
CENTRE = (*OFFICE, Rule(SUPPORT))
# `user` is filled in after the right to make a record has been asked for; its writer is known before
SELF = tuple(Rule(role, (("user", "in", lambda user: [user]),), (_mine,)) for role in (MANAGER, OFFICER, SECTION, *PORTAL))

PARTNERSHIP = (
	*OFFICE,
	Rule(SECTION, (_own_section,)),
	Rule(ORGANISATION, (_my_projects,), (_write_my_projects,)),
)

RECORD_RULES: dict[str, tuple[Rule, ...]] = {
	# what is being set up is the office's, here and in every record of it: see hooks.py
	"Kyodo Programme": (*OFFICE, Rule(SECTION), *(Rule(role) for role in PORTAL)),
	"Kyodo Programme Version": (*OFFICE, Rule(SECTION)),
	# a call that is being prepared is the city's
	"Kyodo Call": (*OFFICE, Rule(SECTION), *(Rule(role, (("published", "=", 1),)) for role in PORTAL)),
	"Kyodo Organisation": ORGANISATION_RECORD,
	"Kyodo Proposal": PROPOSAL,
	"Kyodo Consultation": (
		*OFFICE,
		Rule(SECTION, (_own_section,)),
		Rule(SUPPORT, (_mine,)),
		Rule(ORGANISATION, (("visible_to_organisation", "=", 1), _own_organisation)),
	),
	# Talk about a draft stays between those who write it and the support centre they have asked.
	"Kyodo Comment": (
		Rule(ORGANISATION, (_own_organisation,)),
		Rule(SUPPORT, (("proposal", "in", people.proposals_open_to_advice),)),
	),
	"Kyodo Invitation": OFFICE,
	"Kyodo Change Notice": (*OFFICE, Rule(ORGANISATION, (_own_organisation,), (_write_for_organisation,))),
	"Kyodo Organisation Import": OFFICE,
	"Kyodo Committee": (
		*OFFICE,
		Rule(SECTION),
		Rule(COMMITTEE, (("name", "in", people.committees_of),)),
	),
	"Kyodo Meeting": (
		*OFFICE,
		Rule(SECTION, (("workflow_state", "=", "Published"),)),
		Rule(COMMITTEE, (("name", "in", people.meetings_of),)),
	),
	"Kyodo Interest": (*OFFICE, Rule(COMMITTEE, (("member", "in", lambda user: [user]),))),
	# Marks are their writer's until all are released; who has an interest in the item never gets there
	# because marks of others are handed out by committee/reviews.py only.
	"Kyodo Review": (
		Rule(OFFICER, (("released", "=", 1),)),
		Rule(MANAGER, (("released", "=", 1),)),
		Rule(COMMITTEE, (("member", "in", lambda user: [user]),)),
	),
	"Kyodo Decision": (
		*OFFICE,
		Rule(SECTION, (("docstatus", "=", 1), _own_section)),
		Rule(COMMITTEE, (("docstatus", "=", 1), ("committee", "in", people.committees_of))),
		Rule(ORGANISATION, (("docstatus", "=", 1), _own_organisation)),
	),
	"Kyodo Letter": (*OFFICE, Rule(ORGANISATION, (_own_organisation,))),
	"Kyodo Project": (
		*OFFICE,
		Rule(SECTION, (_own_section,)),
		Rule(
			ORGANISATION,
			(("name", "in", people.projects_of_organisations),),
			(("name", "in", partial(people.projects_of_organisations, member_roles=WRITERS)),),
		),
		Rule(COMMITTEE, (("programme", "in", people.programmes_of_committees),)),
		Rule(SUPPORT, (("published", "=", 1),)),
	),
	"Kyodo Agreement": PARTNERSHIP,
	"Kyodo Open Point": PARTNERSHIP,
	"Kyodo Progress Note": PARTNERSHIP,
	"Kyodo Expense": PARTNERSHIP,
	"Kyodo Plan Change": PARTNERSHIP,
	"Kyodo Report": (
		*PARTNERSHIP,
		Rule(COMMITTEE, (("name", "in", partial(people.on_agenda_of, fieldname="report")),)),
	),
	"Kyodo Evaluation Round": (
		*PARTNERSHIP,
		Rule(COMMITTEE, (("name", "in", partial(people.judged_by, fieldname="evaluation_round")),)),
	),
	# Blind until both sides are in: each side sees its own sheet, nobody else sees any. Afterwards those who judge it in
	# a meeting see both, but not who steps aside there.
	"Kyodo Evaluation Sheet": (
		Rule(OFFICER, (("released", "=", 1),)),
		Rule(MANAGER, (("released", "=", 1),)),
		Rule(SECTION, (("side", "=", "City"), _own_section, _not_my_projects)),
		Rule(SECTION, (("released", "=", 1), _own_section), CLOSED),
		Rule(ORGANISATION, (("side", "=", "Organisation"), _my_projects), (("side", "=", "Organisation"), _write_my_projects)),
		Rule(ORGANISATION, (("released", "=", 1), _my_projects), CLOSED),
		Rule(
			COMMITTEE,
			(
				("released", "=", 1),
				("evaluation_round", "in", partial(people.judged_by, fieldname="evaluation_round")),
			),
		),
	),
	# the internal team reads what sections have answered; its views are written by screening/screenings.py
	"Kyodo Service Screening": (
		*OFFICE,
		Rule(SECTION, (_own_section,)),
		Rule(SECTION, (("name", "in", people.screenings_to_review),), CLOSED),
	),
	"Kyodo Event": (
		*OFFICE,
		Rule(SECTION, (), (_own_section,)),
		Rule(SUPPORT, (("organiser", "=", "Support Centre"),)),
		Rule(ORGANISATION, (("state", "!=", "Planned"), ("audience", "in", lambda user: ["Everybody", "Organisations"]))),
	),
	"Kyodo Event Registration": (
		*OFFICE,
		Rule(SECTION, (("event", "in", people.events_of_sections),)),
		Rule(SUPPORT, (("event", "in", people.events_of_the_centre),)),
	),
	# private to the person: not the office, not the manager
	"Kyodo Self Check": SELF,
	"Kyodo Page": (
		*OFFICE,
		Rule(SECTION, (("published", "=", 1),), CLOSED),
		Rule(SUPPORT, (("published", "=", 1), ("audience", "in", lambda user: ["Everybody", "Organisations"]))),
		Rule(ORGANISATION, (("published", "=", 1), ("audience", "in", lambda user: ["Everybody", "Organisations"]))),
	),
	"Kyodo Page Version": (
		*OFFICE,
		Rule(SECTION, (("page", "in", people.published_pages),)),
		Rule(SUPPORT, (("page", "in", people.pages_for_portal),)),
		Rule(ORGANISATION, (("page", "in", people.pages_for_portal),)),
	),
	"Kyodo Page Comment": OFFICE,
	"Kyodo Support Case": (
		*CENTRE,
		Rule(ORGANISATION, (_own_organisation,)),
		# who has no organisation yet reads what they have asked themselves
		Rule(ORGANISATION, (("small_group", "=", 1), ("asked_by", "in", lambda user: [user])), CLOSED),
	),
	"Kyodo Need": (
		*CENTRE,
		Rule(SECTION, (("published", "=", 1),), CLOSED),
		Rule(SECTION, (_own_section,)),
		Rule(ORGANISATION, (("published", "=", 1),), CLOSED),
		Rule(ORGANISATION, (_own_organisation,), (_write_for_organisation,)),
	),
	"Kyodo Match": (
		*CENTRE,
		Rule(SECTION, (("need", "in", people.needs_of_sections),)),
		Rule(SECTION, (("other_need", "in", people.needs_of_sections),)),
		Rule(ORGANISATION, (_own_organisation,)),
		Rule(ORGANISATION, (("need", "in", people.needs_of_organisations),)),
	),
	"Kyodo Resource Person": (*CENTRE, Rule(SECTION, (("active", "=", 1),))),
	"Kyodo Dispatch": (*CENTRE, Rule(SECTION)),
	"Kyodo Survey": (*CENTRE, Rule(SECTION)),
	"Kyodo Survey Response": (*CENTRE, Rule(ORGANISATION, (_own_organisation,), (_write_for_organisation,))),
}
