"""Rules that decide which records of each DocType a user may open, for both of Frappe's permission hooks (design.md §3).

A rule is (role, conditions, conditions for writing). It opens a record to users with its role if all conditions are met;
several rules of a DocType are alternatives. A condition is (fieldname, operator, value): `=` and `!=` compare with a
constant, `in` and `not in` with the list that a function returns for the user. Role permissions (DocPerm) decide what may
be done at all; the rules narrow it to records. Conditions for writing replace those for reading; CLOSED means read-only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kyodo_frappe.permissions import letter_approvers, people
from kyodo_frappe.permissions.people import WRITERS
from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, ORGANISATION, PORTAL, SECTION, SUPPORT
from kyodo_frappe.workflows.states import DECIDED, drafts, states

Condition = tuple[str, str, str | int | Callable[[str], list]]


@dataclass(frozen=True)
class Rule:
	"""A role and the conditions under which it opens records for reading and, unless None, for writing."""

	role: str
	read: tuple[Condition, ...] = ()
	write: tuple[Condition, ...] | None = None


CLOSED: tuple[Condition, ...] = (("name", "in", lambda user: []),)

_own_organisation = ("organisation", "in", people.organisations_of)
_write_for_organisation = ("organisation", "in", partial(people.organisations_of, member_roles=WRITERS))
_own_section = ("section", "in", people.sections_of)
_my_projects = ("project", "in", people.projects_of_organisations)
_write_my_projects = ("project", "in", partial(people.projects_of_organisations, member_roles=WRITERS))
# members of a project's organisation evaluate it from that side, even if they also work in its section
_not_my_projects = ("project", "not in", people.projects_of_organisations)
_mine = ("owner", "in", lambda user: [user])
_not_draft = ("workflow_state", "not in", lambda user: drafts("Kyodo Proposal"))
_applied = ("workflow_state", "not in", lambda user: drafts("Kyodo Organisation"))

# the condition that a record is no draft, where rules make it: queries that make it themselves say so
HANDED_IN = {"Kyodo Proposal": _not_draft, "Kyodo Organisation": _applied}

OFFICE = (Rule(OFFICER), Rule(MANAGER))

# a draft belongs to its authors: the city sees a proposal once it has been submitted
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
	# the support centre has access on request, and may follow the proposals that it advised on
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

# records of the support centre
CENTRE = (*OFFICE, Rule(SUPPORT))
# writing is by owner, because `user` is set only after create permission has been checked
SELF = tuple(Rule(role, (("user", "in", lambda user: [user]),), (_mine,)) for role in (MANAGER, OFFICER, SECTION, *PORTAL))

PARTNERSHIP = (
	*OFFICE,
	Rule(SECTION, (_own_section,)),
	Rule(ORGANISATION, (_my_projects,), (_write_my_projects,)),
)

RECORD_RULES: dict[str, tuple[Rule, ...]] = {
	# draft programmes and their records are further restricted in hooks.py
	"Kyodo Programme": (*OFFICE, Rule(SECTION), *(Rule(role) for role in PORTAL)),
	"Kyodo Programme Version": (*OFFICE, Rule(SECTION)),
	# the portal sees published calls only
	"Kyodo Call": (*OFFICE, Rule(SECTION), *(Rule(role, (("published", "=", 1),)) for role in PORTAL)),
	"Kyodo Call Enquiry": (*OFFICE, Rule(SECTION, (_own_section,), CLOSED)),
	"Kyodo Organisation": ORGANISATION_RECORD,
	"Kyodo Proposal": PROPOSAL,
	"Kyodo Consultation": (
		*OFFICE,
		Rule(SECTION, (_own_section,)),
		Rule(SUPPORT, (_mine,)),
		Rule(ORGANISATION, (("visible_to_organisation", "=", 1), _own_organisation)),
	),
	# comments on a draft stay between its authors and the support centre that they have asked
	"Kyodo Comment": (
		Rule(ORGANISATION, (_own_organisation,)),
		Rule(SUPPORT, (("proposal", "in", people.proposals_open_to_advice),)),
	),
	"Kyodo Handover": OFFICE,
	"Kyodo Outgoing Message": (),  # written and handed over by the app; it may contain keys
	"Kyodo Pending Task": (),  # written and done by the app
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
	# reviews are visible to their reviewer only until all are released; committee members read those of others only through
	# committee/reviews.py, which excludes members with a conflict of interest
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
	"Kyodo Letter": (
		Rule(OFFICER),
		# approvers write nothing but their approval (letters/approval.py); those of a section read what is put before them
		Rule(MANAGER, (), CLOSED),
		Rule(SECTION, (("name", "in", letter_approvers.letters_to_approve),), CLOSED),
		Rule(ORGANISATION, (_own_organisation, ("workflow_state", "in", lambda user: states("Kyodo Letter", DECIDED)))),
	),
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
	"Kyodo Payment Request": PARTNERSHIP,
	"Kyodo Plan Change": PARTNERSHIP,
	"Kyodo Report": (
		*PARTNERSHIP,
		Rule(COMMITTEE, (("name", "in", partial(people.on_agenda_of, fieldname="report")),)),
	),
	"Kyodo Evaluation Round": (
		*PARTNERSHIP,
		Rule(COMMITTEE, (("name", "in", partial(people.judged_by, fieldname="evaluation_round")),)),
	),
	# blind until both sides have submitted: each side sees its own sheet, and nobody else sees any; afterwards the committee
	# members who evaluate it see both, unless they are recused
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
	# the internal team reads the sections' answers; screening/screenings.py writes the team's views
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
	# private to the user, not open to the office or the manager
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
	"Kyodo Annual Report": OFFICE,
	"Kyodo Support Case": (
		*CENTRE,
		Rule(ORGANISATION, (_own_organisation,)),
		# users without an organisation read the cases that they have opened themselves
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
