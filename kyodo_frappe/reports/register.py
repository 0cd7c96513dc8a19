"""The registered organisations: until when, how many members, in which fields, and how often they were adopted."""

import functools

import frappe
from frappe import _
from frappe.query_builder import Case, Criterion
from frappe.query_builder.functions import Count, Max, Sum
from frappe.utils import add_days, cint, getdate, nowdate
from pypika.terms import ExistsCriterion

from kyodo_frappe.common import vocabulary
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.proposals import figures
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, handed_in
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import DECIDED, states

ORGANISATION, ACTIVITY, PROPOSAL = "Kyodo Organisation", "Kyodo Organisation Activity", "Kyodo Proposal"
ENDING_DAYS = 90
REGISTERED, ENDING, NEW, ALL = STANDINGS = ("Registered", "Ending Soon", "New in the Years", "All")


def register(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: standing (STANDINGS), organisation_type, activity_field, fiscal_year, years. Raises PermissionError.

	Applications and adoptions are those of the fiscal years; Ending Soon: within ENDING_DAYS days, or over already.
	"""
	scope.require_reader(OFFICER, MANAGER)
	asked = scope.asked(filters)
	where = _wanted(asked)
	counts = _counts(where)
	page = table.existing_page(asked.page, counts.organisations)
	labels = _field_labels()
	rows = _rows(asked, where, page, labels)
	return table.Table(
		_columns(),
		rows,
		None,
		_chart(where, labels),
		[
			table.figure(_("Organisations"), cint(counts.organisations)),
			table.figure(_("Valid for {0} Days at Most").format(ENDING_DAYS), cint(counts.ending)),
			table.figure(_("Members of All Together"), cint(counts.members)),
			table.figure(_("Adopted at Least Once"), _ever_adopted(where)),
		],
		counts.organisations,
		page,
	)


def _wanted(asked: Asked) -> Criterion:
	organisation = frappe.qb.DocType(ORGANISATION)
	standing = asked.more.get("standing") if asked.more.get("standing") in STANDINGS else REGISTERED
	parts = [handed_in(ORGANISATION)]
	if standing in (REGISTERED, ENDING):
		parts.append(organisation.workflow_state.isin(states(ORGANISATION, DECIDED) or [""]))
	if standing == ENDING:
		parts.append(_ends_soon(organisation))
	if standing == NEW:
		parts.append(asked.within(organisation.registered_on))
	if asked.more.get("organisation_type"):
		parts.append(organisation.organisation_type == str(asked.more["organisation_type"]))
	if asked.more.get("activity_field"):
		activity = frappe.qb.DocType(ACTIVITY)
		chosen = (activity.parenttype == ORGANISATION) & (activity.activity_field == str(asked.more["activity_field"]))
		parts.append(organisation.name.isin(frappe.qb.from_(activity).select(activity.parent).where(chosen)))
	return Criterion.all(parts)


def _ends_soon(organisation) -> Criterion:
	return organisation.valid_until.isnotnull() & (organisation.valid_until <= add_days(nowdate(), ENDING_DAYS))


def _counts(where: Criterion) -> dict:
	organisation = frappe.qb.DocType(ORGANISATION)
	query = frappe.qb.from_(organisation).select(Count(organisation.name).as_("organisations")).where(where)
	query = query.select(figures.number(_ends_soon(organisation)).as_("ending"))
	return query.select(Sum(organisation.member_count).as_("members")).run(as_dict=True)[0]


def _applied(asked: Asked, organisations: list[str]) -> dict[str, dict]:
	"""{organisation: {applied, adopted, last_adopted}}: its applications and adoptions in the fiscal years, and the year of its last
	adoption ever."""
	proposal = frappe.qb.DocType(PROPOSAL)
	within, adopted = asked.narrow(proposal, "programme"), figures.is_adopted(proposal)
	rows = (
		frappe.qb.from_(proposal)
		.select(proposal.organisation, figures.number(within).as_("applied"), figures.number(adopted & within).as_("adopted"))
		.select(Max(Case().when(adopted, proposal.fiscal_year)).as_("last_adopted"))
		.where(proposal.organisation.isin(organisations or [""]) & handed_in(PROPOSAL))
		.groupby(proposal.organisation)
		.run(as_dict=True)
	)
	return {row.organisation: row for row in rows}


def _ever_adopted(where: Criterion) -> int:
	organisation, proposal = frappe.qb.DocType(ORGANISATION), frappe.qb.DocType(PROPOSAL)
	own = (proposal.organisation == organisation.name) & figures.is_adopted(proposal) & proposal.fiscal_year.isnotnull()
	adopted = ExistsCriterion(frappe.qb.from_(proposal).select(proposal.name).where(own & handed_in(PROPOSAL)))
	# counted row by row: the database would else read all proposals first
	return cint(frappe.qb.from_(organisation).select(figures.number(adopted)).where(where).run()[0][0])


def _rows(asked: Asked, where: Criterion, page: int, labels: dict[str, str]) -> list[dict]:
	organisation = frappe.qb.DocType(ORGANISATION)
	query = (
		frappe.qb.from_(organisation)
		.select(organisation.name, organisation.organisation_name, organisation.organisation_type, organisation.workflow_state)
		.select(organisation.registered_on, organisation.valid_until, organisation.member_count)
		.where(where)
		.orderby(organisation.organisation_kana)
		.orderby(organisation.name)
	)
	rows = table.on_page(query, page).run(as_dict=True)
	names = [row.name for row in rows]
	fields, applied = _fields(names, labels), _applied(asked, names)
	# each word once for all rows
	kind_of = functools.cache(functools.partial(vocabulary.word, "Kyodo Organisation Type"))
	word, year = functools.cache(_), functools.cache(era_year)
	today, comma = getdate(nowdate()), _(", ")
	for row in rows:
		found = applied.get(row.name, frappe._dict())
		row.update(applied=cint(found.applied), adopted=cint(found.adopted))
		row.type, row.state, row.fields = kind_of(row.organisation_type), word(row.workflow_state), comma.join(fields.get(row.name, []))
		row.remaining = (getdate(row.valid_until) - today).days if row.valid_until else None
		row.last_adopted = year(found.last_adopted) if found.last_adopted else None
		row.member_count = cint(row.member_count) or None
	return rows


def _fields(organisations: list[str], labels: dict[str, str]) -> dict[str, list[str]]:
	"""{organisation: its fields of activity in words}"""
	activity = frappe.qb.DocType(ACTIVITY)
	found: dict[str, list[str]] = {}
	query = frappe.qb.from_(activity).select(activity.parent, activity.activity_field)
	query = query.where((activity.parenttype == ORGANISATION) & activity.parent.isin(organisations or [""]))
	for parent, field in query.orderby(activity.parent).orderby(activity.idx).run():
		if field in labels:
			found.setdefault(parent, []).append(labels[field])
	return found


def _field_labels() -> dict[str, str]:
	"""{field of activity: its words}, in their order."""
	return dict(frappe.get_all("Kyodo Activity Field", fields=["name", "label_text"], order_by="code asc", as_list=True))


def _chart(where: Criterion, labels: dict[str, str]) -> dict | None:
	organisation, activity = frappe.qb.DocType(ORGANISATION), frappe.qb.DocType(ACTIVITY)
	counted = dict(
		frappe.qb.from_(organisation)
		.join(activity)
		.on((activity.parent == organisation.name) & (activity.parenttype == ORGANISATION))
		.select(activity.activity_field, Count("*"))
		.where(where)
		.groupby(activity.activity_field)
		.orderby(activity.activity_field)
		.run()
	)
	rows = [(label, counted[field]) for field, label in labels.items() if field in counted]
	return table.chart([label for label, _number in rows], [(_("Organisations"), [number for _label, number in rows])])


def _columns() -> list[dict]:
	return [
		table.text("organisation_name", _("Organisation"), 260, (ORGANISATION, "name")),
		table.text("type", _("Type of Organisation"), 130),
		table.text("state", _("State"), 100),
		table.day("registered_on", _("Registered On")),
		table.day("valid_until", _("Valid Until")),
		table.days("remaining", _("Still Valid For")),
		table.number("member_count", _("Number of Members"), 90),
		table.text("fields", _("Fields of Activity"), 260),
		table.number("applied", _("Applications"), 90),
		table.number("adopted", _("Times Adopted"), 100),
		table.text("last_adopted", _("Last Adopted In"), 120),
	]
