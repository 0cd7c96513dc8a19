"""Which records of each kind a login may open: one rule per kind, read by both Frappe hooks (design.md §3).

A door is (role, conditions, conditions for writing). A record is open to a login that has the role of a door
and meets all its conditions; several doors are alternatives. A condition is (fieldname, operator, value):
`=`, `!=` compare with a constant, `in` and `not in` ask whether the field's value is in the list that a function of
the login returns. Role permissions (DocPerm) decide what may be done at all; doors only narrow it to records.
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
class Door:
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

OFFICE = (Door(OFFICER), Door(MANAGER))

# A draft is its writers' own: the city sees a proposal from the moment it is handed in.
PROPOSAL = (
	Door(OFFICER, (_not_draft,)),
	Door(OFFICER, (("origin", "=", "City"),)),
	Door(OFFICER, (("intake", "=", "Paper"),)),
	Door(OFFICER, (_mine,)),
	Door(MANAGER, (_not_draft,)),
	Door(SECTION, (_not_draft, _own_section), CLOSED),
	Door(SECTION, (("origin", "!=", "Organisation"), _own_section)),
	Door(SECTION, (_mine,)),
	Door(ORGANISATION, (_own_organisation,), (_write_for_organisation,)),
	Door(ORGANISATION, (("name", "in", partial(people.records_with_partner, "Kyodo Proposal")),), CLOSED),
	Door(COMMITTEE, (_not_draft, ("name", "in", partial(people.on_agenda_of, fieldname="proposal")))),
	# the support centre comes in when it is asked, and sees later what became of what it advised on
	Door(SUPPORT, (("advice_access", "in", lambda user: ["Comment", "Write"]),), (("advice_access", "=", "Write"),)),
	Door(SUPPORT, (("name", "in", people.proposals_advised_by),), CLOSED),
)

ORGANISATION_RECORD = (
	*OFFICE,
	Door(SECTION, (_applied,)),
	Door(SUPPORT, (_applied,)),
	Door(
		ORGANISATION,
		(("name", "in", people.organisations_of),),
		(("name", "in", partial(people.organisations_of, member_roles=WRITERS)),),
	),
	Door(ORGANISATION, (_mine, ("workflow_state", "in", lambda user: drafts("Kyodo Organisation")))),
)

# what the support centre runs, and what it tells the organisations
CENTRE = (*OFFICE, Door(SUPPORT))
# `user` is filled in after the right to make a record has been asked for; its writer is known before
SELF = tuple(Door(role, (("user", "in", lambda user: [user]),), (_mine,)) for role in (MANAGER, OFFICER, SECTION, *PORTAL))

PARTNERSHIP = (
	*OFFICE,
	Door(SECTION, (_own_section,)),
	Door(ORGANISATION, (_my_projects,), (_write_my_projects,)),
)

DOORS: dict[str, tuple[Door, ...]] = {
	# what is being set up is the office's, here and in every record of it: see hooks.py
	"Kyodo Programme": (*OFFICE, Door(SECTION), *(Door(role) for role in PORTAL)),
	"Kyodo Programme Version": (*OFFICE, Door(SECTION)),
	# a call that is being prepared is the city's
	"Kyodo Call": (*OFFICE, Door(SECTION), *(Door(role, (("published", "=", 1),)) for role in PORTAL)),
	"Kyodo Organisation": ORGANISATION_RECORD,
	"Kyodo Proposal": PROPOSAL,
	"Kyodo Consultation": (
		*OFFICE,
		Door(SECTION, (_own_section,)),
		Door(SUPPORT, (_mine,)),
		Door(ORGANISATION, (("visible_to_organisation", "=", 1), _own_organisation)),
	),
	# Talk about a draft stays between those who write it and the support centre they have asked.
	"Kyodo Comment": (
		Door(ORGANISATION, (_own_organisation,)),
		Door(SUPPORT, (("proposal", "in", people.proposals_open_to_advice),)),
	),
	"Kyodo Invitation": OFFICE,
	"Kyodo Change Notice": (*OFFICE, Door(ORGANISATION, (_own_organisation,), (_write_for_organisation,))),
	"Kyodo Organisation Import": OFFICE,
	"Kyodo Committee": (
		*OFFICE,
		Door(SECTION),
		Door(COMMITTEE, (("name", "in", people.committees_of),)),
	),
	"Kyodo Meeting": (
		*OFFICE,
		Door(SECTION, (("workflow_state", "=", "Published"),)),
		Door(COMMITTEE, (("name", "in", people.meetings_of),)),
	),
	"Kyodo Interest": (*OFFICE, Door(COMMITTEE, (("member", "in", lambda user: [user]),))),
	# Marks are their writer's until all are released; who has an interest in the item never gets there
	# because marks of others are handed out by committee/reviews.py only.
	"Kyodo Review": (
		Door(OFFICER, (("released", "=", 1),)),
		Door(MANAGER, (("released", "=", 1),)),
		Door(COMMITTEE, (("member", "in", lambda user: [user]),)),
	),
	"Kyodo Decision": (
		*OFFICE,
		Door(SECTION, (("docstatus", "=", 1), _own_section)),
		Door(COMMITTEE, (("docstatus", "=", 1), ("committee", "in", people.committees_of))),
		Door(ORGANISATION, (("docstatus", "=", 1), _own_organisation)),
	),
	"Kyodo Letter": (*OFFICE, Door(ORGANISATION, (_own_organisation,))),
	"Kyodo Project": (
		*OFFICE,
		Door(SECTION, (_own_section,)),
		Door(
			ORGANISATION,
			(("name", "in", people.projects_of_organisations),),
			(("name", "in", partial(people.projects_of_organisations, member_roles=WRITERS)),),
		),
		Door(COMMITTEE, (("programme", "in", people.programmes_of_committees),)),
		Door(SUPPORT, (("published", "=", 1),)),
	),
	"Kyodo Agreement": PARTNERSHIP,
	"Kyodo Open Point": PARTNERSHIP,
	"Kyodo Progress Note": PARTNERSHIP,
	"Kyodo Expense": PARTNERSHIP,
	"Kyodo Plan Change": PARTNERSHIP,
	"Kyodo Report": (
		*PARTNERSHIP,
		Door(COMMITTEE, (("name", "in", partial(people.on_agenda_of, fieldname="report")),)),
	),
	"Kyodo Evaluation Round": (
		*PARTNERSHIP,
		Door(COMMITTEE, (("name", "in", partial(people.judged_by, fieldname="evaluation_round")),)),
	),
	# Blind until both sides are in: each side sees its own sheet, nobody else sees any. Afterwards those who judge it in
	# a meeting see both, but not who steps aside there.
	"Kyodo Evaluation Sheet": (
		Door(OFFICER, (("released", "=", 1),)),
		Door(MANAGER, (("released", "=", 1),)),
		Door(SECTION, (("side", "=", "City"), _own_section, _not_my_projects)),
		Door(SECTION, (("released", "=", 1), _own_section), CLOSED),
		Door(ORGANISATION, (("side", "=", "Organisation"), _my_projects), (("side", "=", "Organisation"), _write_my_projects)),
		Door(ORGANISATION, (("released", "=", 1), _my_projects), CLOSED),
		Door(
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
		Door(SECTION, (_own_section,)),
		Door(SECTION, (("name", "in", people.screenings_to_review),), CLOSED),
	),
	"Kyodo Event": (
		*OFFICE,
		Door(SECTION, (), (_own_section,)),
		Door(SUPPORT, (("organiser", "=", "Support Centre"),)),
		Door(ORGANISATION, (("state", "!=", "Planned"), ("audience", "in", lambda user: ["Everybody", "Organisations"]))),
	),
	"Kyodo Event Registration": (
		*OFFICE,
		Door(SECTION, (("event", "in", people.events_of_sections),)),
		Door(SUPPORT, (("event", "in", people.events_of_the_centre),)),
	),
	# private to the person: not the office, not the manager
	"Kyodo Self Check": SELF,
	"Kyodo Page": (
		*OFFICE,
		Door(SECTION, (("published", "=", 1),), CLOSED),
		Door(SUPPORT, (("published", "=", 1), ("audience", "in", lambda user: ["Everybody", "Organisations"]))),
		Door(ORGANISATION, (("published", "=", 1), ("audience", "in", lambda user: ["Everybody", "Organisations"]))),
	),
	"Kyodo Page Version": (
		*OFFICE,
		Door(SECTION, (("page", "in", people.published_pages),)),
		Door(SUPPORT, (("page", "in", people.pages_for_portal),)),
		Door(ORGANISATION, (("page", "in", people.pages_for_portal),)),
	),
	"Kyodo Page Comment": OFFICE,
	"Kyodo Support Case": (
		*CENTRE,
		Door(ORGANISATION, (_own_organisation,)),
		# who has no organisation yet reads what they have asked themselves
		Door(ORGANISATION, (("small_group", "=", 1), ("asked_by", "in", lambda user: [user])), CLOSED),
	),
	"Kyodo Need": (
		*CENTRE,
		Door(SECTION, (("published", "=", 1),), CLOSED),
		Door(SECTION, (_own_section,)),
		Door(ORGANISATION, (("published", "=", 1),), CLOSED),
		Door(ORGANISATION, (_own_organisation,), (_write_for_organisation,)),
	),
	"Kyodo Match": (
		*CENTRE,
		Door(SECTION, (("need", "in", people.needs_of_sections),)),
		Door(SECTION, (("other_need", "in", people.needs_of_sections),)),
		Door(ORGANISATION, (_own_organisation,)),
		Door(ORGANISATION, (("need", "in", people.needs_of_organisations),)),
	),
	"Kyodo Resource Person": (*CENTRE, Door(SECTION, (("active", "=", 1),))),
	"Kyodo Dispatch": (*CENTRE, Door(SECTION)),
	"Kyodo Survey": (*CENTRE, Door(SECTION)),
	"Kyodo Survey Response": (*CENTRE, Door(ORGANISATION, (_own_organisation,), (_write_for_organisation,))),
}
