"""What everybody may read: one function per kind of record, each with its own list of fields.

Guests have no right to any DocType; pages, downloads and nothing else read through here. A record that is not
published is None, exactly like one that does not exist. Every function asks the database a number of times that
does not grow with the number of records.
"""

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from kyodo_frappe.permissions import openings
from kyodo_frappe.programme import form_public
from kyodo_frappe.rules.deadlines import countdown
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.reports import evaluations as evaluation_years
from kyodo_frappe.services import deadlines, evaluations, frames, minutes, vocabulary
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, WRITING, category, states

PAGE = 20
EVENT_STATES = ("Announced", "Held", "Cancelled")
PUBLIC_EVENTS = ("Everybody", "Organisations")
WITH_AGENDA = (WAITING, EXAMINED, DECIDED)
CONSENTS = {
	"representative": "publish_representative",
	"address": "publish_address",
	"postal_code": "publish_address",
	"phone": "publish_phone",
	"email": "publish_email",
	"website": "publish_website",
}


# -- programme -------------------------------------------------------------------


def programmes() -> list[dict]:
	"""[{name, programme_name, municipality_name, invitation}] of the running programmes, the first one made first."""
	docs = (frappe.get_cached_doc("Kyodo Programme", name) for name in openings.running())
	fields = ("name", "programme_name", "municipality_name", "invitation")
	return [frappe._dict({field: doc.get(field) for field in fields}) for doc in docs]


def programme(name: str | None = None) -> dict | None:
	"""The running programme (the first one made, or the one named): what it is and how to take part."""
	found = next((one for one in openings.running() if name in (None, one)), None)
	if not found:
		return None
	doc = frappe.get_cached_doc("Kyodo Programme", found)
	fields = (
		"name",
		"programme_name",
		"municipality_name",
		"municipality_code",
		"definition",
		"purpose",
		"how_to",
		"source",
		"entrance_name",
		"committee_name",
		"evaluation_scale",
		"signup_closed",
	)
	return frappe._dict({field: doc.get(field) for field in fields})


def programme_details(name: str) -> dict:
	"""For the front page: principles, criteria, forms, the office, and the yearly deadlines to come."""
	doc = frappe.get_cached_doc("Kyodo Programme", name)
	office = None
	if doc.office_section:
		office = frappe.db.get_value(
			"Kyodo Section", doc.office_section, ["section_name", "phone", "email"], as_dict=True
		)
	return {
		"subjects": [{"title": row.organisation_type, "text": row.description} for row in doc.subjects if row.may_propose],
		"principles": [{"title": row.title, "text": row.description} for row in doc.principles],
		"effects": [{"title": row.title, "text": row.description} for row in doc.effects],
		"criteria": [{"question": row.question, "help_text": row.help_text} for row in doc.criteria],
		"requirements": [{"title": row.requirement, "text": row.description} for row in doc.requirements],
		"forms": [{"title": row.form_name, "text": row.description} for row in doc.forms],
		"office": office,
		"deadlines": next_deadlines(name),
	}


def next_deadlines(name: str) -> list[dict]:
	"""[{label, due, remedy, days}] of the programme's yearly rules: the next day each falls due."""
	today = getdate(nowdate())
	found = []
	for row in frappe.get_cached_doc("Kyodo Programme", name).deadline_rules:
		rule = deadlines.rule_of(name, row.code)
		if not rule.yearly:
			continue
		days = (deadlines.due(name, row.code, year=fiscal_year(today) + ahead) for ahead in (-1, 0, 1, 2))
		due = next((day for day in days if day >= today), None)
		if due:
			found.append(
				frappe._dict(label=rule.label, due=due, remedy=rule.remedy, days=countdown(due, today)["days"])
			)
	return sorted(found, key=lambda row: row.due)


def calls(programme: str | None = None) -> list[dict]:
	"""Published calls (of one programme) that are open or will open, the next to close first."""
	rows = frappe.get_all(
		"Kyodo Call",
		{"published": 1, **({"programme": programme} if programme else openings.without_drafts())},
		[
			*("name", "call_name", "programme", "call_type", "fiscal_year", "opens_on", "closes_on", "section"),
			*("description", "ceiling", "rate", "frame", "years", "one_per_organisation"),
		],
		order_by="closes_on asc, name asc",
		limit=100,
	)
	today = getdate(nowdate())
	current = [row for row in rows if not row.closes_on or getdate(row.closes_on) >= today]
	left = frames.frames([row.name for row in current])
	for row in current:
		row.open = not row.opens_on or getdate(row.opens_on) <= today
		row.left = left[row.name].left
	return sorted(current, key=lambda row: (not row.open, str(row.closes_on or "9999")))


# -- proposals -------------------------------------------------------------------


PROPOSAL_FIELDS = (
	*("name", "title", "programme", "workflow_state", "fiscal_year", "organisation", "origin", "public_summary"),
	*("plain_summary", "needs_budget", "decided_on", "received_on", "previous_proposal", "programme_version", "call"),
)


def _proposal_filters(**more) -> dict:
	# with the proposer's consent, from the moment the office has received it; what was withdrawn is withdrawn
	shown = states("Kyodo Proposal", public=True)
	return {"publish_consent": 1, "workflow_state": ["in", shown], **openings.without_drafts(), **more}


def proposals(
	year: int | None = None, state: str | None = None, start: int = 0, limit: int = PAGE, programme: str | None = None
):
	"""(rows, how many there are): [{name, title, programme, workflow_state, fiscal_year, summary, organisation, …}]"""
	filters = _proposal_filters(**({"programme": programme} if programme else {}))
	if year:
		filters["fiscal_year"] = year
	if state in states("Kyodo Proposal", public=True):
		filters["workflow_state"] = state
	rows = frappe.get_all(
		"Kyodo Proposal",
		filters,
		PROPOSAL_FIELDS,
		order_by="received_on desc, name desc",
		start=start,
		limit=limit,
	)
	form_public.keep_declared("Kyodo Proposal", rows)
	_name_organisations(rows)
	return rows, frappe.db.count("Kyodo Proposal", filters)


def proposal(name: str) -> dict | None:
	"""A published proposal with its way through the cycle and, once decided, the result and its reasons."""
	fields = (
		*("name", "title", "programme", "workflow_state", "fiscal_year", "organisation", "origin", "section"),
		*("public_summary", "plain_summary", "needs_budget", "requested_amount", "previous_proposal"),
		*("submitted_on", "received_on", "decided_on", "programme_version", "call"),
	)
	rows = frappe.get_all("Kyodo Proposal", _proposal_filters(name=name), fields, limit=1)
	if not rows:
		return None
	row = form_public.keep_declared("Kyodo Proposal", rows)[0]
	row.more = form_public.beyond("Kyodo Proposal", rows)[row.name]
	_name_organisations(rows)
	row.earlier, row.later = _earlier(row), _later(row)
	row.timeline = timeline([row.name])
	row.project = next(iter(_projects_of([row.name]).values()), None)
	row.results = results([row.name]).get(row.name, [])
	return row


CHAIN_FIELDS = ["name", "title", "workflow_state", "fiscal_year", "previous_proposal"]
LONGEST_CHAIN = 5


def _earlier(row: dict) -> list[dict]:
	"""The published proposals that this one was made from, oldest first."""
	found, wanted = [], row.previous_proposal
	while wanted and len(found) < LONGEST_CHAIN:
		rows = frappe.get_all("Kyodo Proposal", _proposal_filters(name=wanted), CHAIN_FIELDS, limit=1)
		found = rows + found
		wanted = rows[0].previous_proposal if rows else None
	return found


def _later(row: dict) -> list[dict]:
	"""The published proposals that were made from this one, oldest first."""
	found, newest = [], [row.name]
	for _generation in range(LONGEST_CHAIN):
		rows = frappe.get_all(
			"Kyodo Proposal",
			_proposal_filters(previous_proposal=["in", newest]),
			CHAIN_FIELDS,
			order_by="creation asc",
			limit=PAGE,
		)
		if not rows:
			break
		found += rows
		newest = [r.name for r in rows]
	return found


def timeline(names: list[str], public: bool = True) -> list[dict]:
	"""[{on, text, link}] of what happened to these proposals, oldest first.

	`public` False (for the proposer): with talks and the meetings whatever their state.
	"""
	found = []
	for row in frappe.get_all(
		"Kyodo Proposal",
		{"name": ["in", names]},
		["name", "submitted_on", "first_submitted_on", "received_on", "decided_on", "budget_voted_on", "withdrawn_on", "creation"],
		order_by="creation asc",
	):
		if not public:
			found.append(_event(row.creation, _("Draft begun")))
		for day in sorted({getdate(day) for day in (row.first_submitted_on, row.submitted_on) if day}):
			found.append(_event(day, _("Handed in")))
		found.append(_event(row.received_on, _("Received by the office")))
		found.append(_event(row.budget_voted_on, _("Budget voted")))
		found.append(_event(row.withdrawn_on, _("Withdrawn")))
	if not public:
		found += [_event(day, _("Correction asked for")) for day in _days_of_returns(names)]
	for talk in frappe.get_all(
		"Kyodo Consultation",
		{"proposal": ["in", names], **({"kind": "Section Talk"} if public else {"visible_to_organisation": 1})},
		["held_on", "kind"],
		order_by="held_on asc",
	):
		found.append(_event(talk.held_on, _("Talk with the section in charge") if talk.kind == "Section Talk" else _("Advice")))
	found += _meeting_events(names)
	for decision in _decisions(names):
		text = _("Decision corrected: {0}") if decision.replaces else _("Decision: {0}")
		found.append(_event(decision.decided_on, text.format(vocabulary.word(vocabulary.RESULT, decision.result)), weight=2))
	for project in _projects_of(names, published=public).values():
		link = f"/kyodo/projects/{project.name}" if project.published else None
		found.append(_event(project.creation, _("Became a project: {0}").format(project.project_name), link, 3))
	return sorted((event for event in found if event), key=lambda event: (str(event.on)[:10], event.weight))


def _days_of_returns(names: list[str]) -> list:
	rows = frappe.get_all(
		"Kyodo Correction",
		{"parenttype": "Kyodo Proposal", "parent": ["in", names], "returned_on": ["is", "set"]},
		pluck="returned_on",
		order_by="returned_on",
	)
	return sorted({getdate(day) for day in rows})


def _event(on, text: str, link: str | None = None, weight: int = 0):
	return frappe._dict(on=getdate(on), text=text, link=link, weight=weight) if on else None


def _meeting_events(names: list[str]) -> list[dict]:
	items = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", "proposal": ["in", names]},
		["parent", "proposal"],
		order_by="parent asc",
	)
	if not items:
		return []
	rows = frappe.get_all(
		"Kyodo Meeting",
		{"name": ["in", [item.parent for item in items]], "workflow_state": ["in", states("Kyodo Meeting", *WITH_AGENDA)]},
		["name", "meeting_type", "meeting_date"],
		order_by="meeting_date asc",
	)
	return [
		_event(row.meeting_date, _("On the agenda of a meeting ({0})").format(vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type)), f"/kyodo/meetings/{row.name}", 1)
		for row in rows
	]


def _decisions(names: list[str]) -> list[dict]:
	return frappe.get_all(
		"Kyodo Decision",
		{"proposal": ["in", names], "docstatus": 1},
		["name", "proposal", "result", "decided_on", "amount", "conditions", "meeting", "agenda_item", "replaces"],
		order_by="decided_on asc, creation asc",
	)


def corrections_of(decisions: list[str]) -> dict[str, object]:
	"""{decision: day on which a later one replaced it}"""
	rows = frappe.get_all(
		"Kyodo Decision",
		{"replaces": ["in", decisions], "docstatus": 1},
		["replaces", "decided_on"],
		order_by="creation asc",
	)
	return {row.replaces: row.decided_on for row in rows}


def scores_of(decisions: list[str]) -> dict[str, float]:
	"""{decision: average score, 0–100} of those whose programme publishes it and that were scored."""
	decision, programme = frappe.qb.DocType("Kyodo Decision"), frappe.qb.DocType("Kyodo Programme")
	committee = frappe.qb.DocType("Kyodo Committee")
	rows = (
		frappe.qb.from_(decision)
		.join(committee)
		.on(committee.name == decision.committee)
		.join(programme)
		.on(programme.name == committee.programme)
		.select(decision.name, decision.average_score)
		.where(decision.name.isin(decisions) & (programme.publish_scores == 1) & (decision.average_score > 0))
		.orderby(decision.name)
		.run(as_dict=True)
	)
	return {row.name: row.average_score for row in rows}


def results(names: list[str]) -> dict[str, list[dict]]:
	"""{proposal: [{result, decided_on, amount, conditions, reasons, closed, score, replaces, corrected_on}]}.
	Advice is for the proposer alone; of an item that the meeting dealt with behind closed doors, the result is told and the ground, not the reasons."""
	rows = _decisions(names)
	if not rows:
		return {}
	closed = {
		item.name: item.legal_ground or ""
		for item in frappe.get_all(
			"Kyodo Agenda Item",
			{"name": ["in", [row.agenda_item for row in rows]], "closed": 1},
			["name", "legal_ground"],
			order_by="name",
		)
	}
	reasons = {}
	for reason in frappe.get_all(
		"Kyodo Decision Reason",
		{"parenttype": "Kyodo Decision", "parent": ["in", [row.name for row in rows]]},
		["parent", "question", "finding", "reason"],
		order_by="parent, idx",
	):
		reasons.setdefault(reason.parent, []).append(reason)
	names = [row.name for row in rows]
	corrected, scores = corrections_of(names), scores_of(names)
	found = {}
	for row in rows:
		hidden = row.agenda_item in closed
		found.setdefault(row.proposal, []).append(
			frappe._dict(
				result=row.result,
				decided_on=row.decided_on,
				amount=row.amount,
				conditions=None if hidden else row.conditions,
				reasons=[] if hidden else reasons.get(row.name, []),
				closed=hidden,
				legal_ground=closed.get(row.agenda_item),
				score=None if hidden else scores.get(row.name),
				replaces=row.replaces,
				corrected_on=corrected.get(row.name),
			)
		)
	return found


def _projects_of(proposals: list[str], published: bool = True) -> dict[str, dict]:
	rows = frappe.get_all(
		"Kyodo Project",
		{"proposal": ["in", proposals], **({"published": 1} if published else {})},
		["name", "project_name", "proposal", "published", "creation", "workflow_state"],
		order_by="creation asc",
	)
	return {row.proposal: row for row in rows}


# -- projects --------------------------------------------------------------------


def _project_filters(**more) -> dict:
	return {"published": 1, "workflow_state": ["in", states("Kyodo Project", public=True)], **openings.without_drafts(), **more}


def projects(year: int | None = None, state: str | None = None, start: int = 0, limit: int = PAGE):
	"""(rows, how many there are)"""
	filters = _project_filters()
	if year:
		filters["fiscal_year"] = year
	if state in states("Kyodo Project", public=True):
		filters["workflow_state"] = state
	rows = frappe.get_all(
		"Kyodo Project",
		filters,
		[
			*("name", "project_name", "programme", "workflow_state", "fiscal_year", "organisation", "section", "form"),
			*("from_date", "to_date", "public_summary", "plain_summary", "is_model_project"),
		],
		order_by="fiscal_year desc, name desc",
		start=start,
		limit=limit,
	)
	_name_organisations(rows)
	return rows, frappe.db.count("Kyodo Project", filters)


def is_only_planned(project: dict) -> bool:
	"""Whether the two sides are still writing its plan, or have given it up."""
	return category("Kyodo Project", project.workflow_state) == WRITING or project.workflow_state == "Cancelled"


def project(name: str) -> dict | None:
	"""A published project: plan, agreement, report and, once its round is published, both sides' evaluation."""
	fields = (
		*("name", "project_name", "programme", "workflow_state", "fiscal_year", "organisation", "section", "form"),
		*("from_date", "to_date", "completed_on", "granted_amount", "plan", "public_summary", "plain_summary"),
		*("is_model_project", "model_reason", "proposal"),
	)
	rows = frappe.get_all("Kyodo Project", _project_filters(name=name), fields, limit=1)
	if not rows:
		return None
	row = rows[0]
	_name_organisations(rows)
	if is_only_planned(row):
		# until it runs the two sides are still writing it
		row.plan, row.roles, row.schedule, row.indicators = None, [], [], []
	else:
		row.roles = _rows("Kyodo Role Line", "Kyodo Project", name, ["side", "role"])
		row.schedule = _rows("Kyodo Schedule Line", "Kyodo Project", name, ["period", "activity", "side"])
		row.indicators = _rows(
			"Kyodo Indicator", "Kyodo Project", name, ["indicator", "unit", "baseline", "target", "measurement"]
		)
	if row.proposal and not frappe.db.exists("Kyodo Proposal", _proposal_filters(name=row.proposal)):
		row.proposal = None
	row.agreements = _agreements(name)
	row.notes = _notes(name)
	row.reports = _reports(name)
	row.evaluations = _evaluations(name)
	row.years = evaluation_years.published(name) if len(row.evaluations) > 1 else None
	return row


def _rows(child: str, parenttype: str, parent: str | list[str], fields: list[str]) -> list[dict]:
	parents = parent if isinstance(parent, list) else [parent]
	return frappe.get_all(
		child,
		{"parenttype": parenttype, "parent": ["in", parents or [""]]},
		["parent", *fields],
		order_by="parent, idx",
	)


def _by_parent(rows: list[dict]) -> dict[str, list[dict]]:
	found = {}
	for row in rows:
		found.setdefault(row.parent, []).append(row)
	return found


def _agreements(project: str) -> list[dict]:
	"""Concluded agreements: parties, roles, costs, dates and the hash; the clauses stay with the parties."""
	rows = frappe.get_all(
		"Kyodo Agreement",
		{"project": project, "workflow_state": ["in", states("Kyodo Agreement", public=True)]},
		[
			*("name", "agreement_kind", "form", "workflow_state", "effective_from", "effective_to"),
			*("concluded_on", "content_hash"),
		],
		order_by="concluded_on asc",
	)
	names = [row.name for row in rows]
	kind = "Kyodo Agreement"
	parties = _rows("Kyodo Agreement Party", kind, names, ["side", "party_name", "organisation"]) if names else []
	known = public_names([party.organisation for party in parties])
	for party in parties:
		if party.organisation and not known.get(party.organisation):
			party.party_name = None
	parties = _by_parent(parties)
	roles = _by_parent(_rows("Kyodo Role Line", kind, names, ["side", "role"]) if names else [])
	costs = _by_parent(_rows("Kyodo Agreement Cost", kind, names, ["side", "description", "amount"]) if names else [])
	for row in rows:
		row.parties, row.roles, row.costs = (table.get(row.name, []) for table in (parties, roles, costs))
	return rows


def _notes(project: str) -> list[dict]:
	"""What a side has let be shown and the other one has acknowledged: the text, without names and photos."""
	return frappe.get_all(
		"Kyodo Progress Note",
		{"project": project, "may_publish": 1, "acknowledged_on": ["is", "set"]},
		["kind", "note_date", "subject", "note"],
		order_by="note_date asc, creation asc",
		limit=200,
	)


def _reports(project: str) -> list[dict]:
	"""Reports that the office has accepted."""
	rows = frappe.get_all(
		"Kyodo Report",
		{"project": project, "workflow_state": ["in", states("Kyodo Report", public=True)]},
		[
			*("name", "fiscal_year", "report_kind", "workflow_state", "completed_on", "summary", "continuation"),
			*("granted_amount", "settled_amount", "unused_amount", "project"),
		],
		order_by="fiscal_year asc",
	)
	form_public.keep_declared("Kyodo Report", rows)
	more = form_public.beyond("Kyodo Report", rows)
	with_indicators = form_public.declared_in("Kyodo Report", rows, "indicators")
	names = [row.name for row in rows]
	results = _by_parent(
		_rows("Kyodo Indicator", "Kyodo Report", names, ["indicator", "unit", "baseline", "target", "actual"]) if names else []
	)
	for row in rows:
		row.indicators = results.get(row.name, []) if row.name in with_indicators else []
		row.more = more[row.name]
	return rows


def _evaluations(project: str) -> list[dict]:
	"""Published rounds: items with both sides' marks and reasons, what was said about the differences."""
	rounds = frappe.get_all(
		"Kyodo Evaluation Round",
		{"project": project, "workflow_state": "Published"},
		pluck="name",
		order_by="fiscal_year asc, name asc",
		limit=20,
	)
	return [both_sides(frappe.get_doc("Kyodo Evaluation Round", name)) for name in rounds]


def both_sides(evaluation) -> dict:
	"""A round as a table: [{item, kind, target, actual, city, organisation, gap, talk}] with marks and reasons, the
	largest difference first. `missing`: the side that has not evaluated, in a round closed one-sided.

	For a round whose sheets are released; the caller decides who may read it.
	"""
	sheets = frappe.get_all(
		"Kyodo Evaluation Sheet",
		{"evaluation_round": evaluation.name, "released": 1},
		["name", "side", "comment"],
		order_by="side asc",
	)
	marks = {}
	sides = {sheet.name: sheet.side for sheet in sheets}
	for row in _rows("Kyodo Evaluation Mark", "Kyodo Evaluation Sheet", list(sides), ["item_code", "mark", "reason"]):
		marks[sides[row.parent], row.item_code] = row
	gaps = {gap.item: gap for gap in evaluations.gaps_of(evaluation)} if len(sheets) == 2 else {}
	items = [
		frappe._dict(
			code=row.code,
			item=row.item,
			kind=row.kind,
			baseline=row.baseline,
			target=row.target,
			actual=row.actual,
			achieved=row.achieved,
			talk=row.talk,
			talk_by=row.talk_by,
			city=marks.get(("City", row.code)) or frappe._dict(),
			organisation=marks.get(("Organisation", row.code)) or frappe._dict(),
			gap=gaps.get(row.code),
		)
		for row in evaluation.items
	]
	fields = (
		*("name", "fiscal_year", "phase", "workflow_state", "dialogue", "committee_view", "outcome"),
		*("public_summary", "plain_summary", "verified_on", "published_on", "one_sided_reason"),
		*("city_agreed_on", "organisation_agreed_on"),
	)
	items.sort(key=lambda row: -(row.gap.size if row.gap else 0))
	return frappe._dict(
		{field: evaluation.get(field) for field in fields},
		marks=items,
		comments={sheet.side: sheet.comment for sheet in sheets},
		missing=next((side for side in evaluations.SIDES if side not in sides.values()), None),
	)


# -- organisations -----------------------------------------------------------------


def _organisation_filters(**more) -> dict:
	# as organisations.counts: while the office checks the renewal, too
	return {
		"workflow_state": ["in", states("Kyodo Organisation", public=True)],
		"registered_on": ["is", "set"],
		"valid_until": [">=", nowdate()],
		"publish_profile": 1,
		**more,
	}


ORGANISATION_FIELDS = (
	*("name", "organisation_name", "organisation_kana", "organisation_type", "corporate_number", "purpose"),
	*("established_on", "registered_on", "valid_until", "programme", "profile_fields", *CONSENTS, *sorted(set(CONSENTS.values()))),
)


def organisations(text: str | None = None, field: str | None = None, start: int = 0, limit: int = PAGE):
	"""(rows, how many there are) of the registered organisations that want to be shown."""
	filters = _organisation_filters()
	if key := search_key(text):
		filters["search_key"] = ["like", f"%{key}%"]
	if field:
		filters["name"] = ["in", _organisations_in_field(field) or [""]]
	rows = frappe.get_all(
		"Kyodo Organisation",
		filters,
		ORGANISATION_FIELDS,
		order_by="organisation_kana asc, organisation_name asc",
		start=start,
		limit=limit,
	)
	_with_fields_of_activity(rows)
	return [_consented(row) for row in rows], frappe.db.count("Kyodo Organisation", filters)


def organisation(name: str) -> dict | None:
	"""A registered organisation, as far as it has agreed to be shown."""
	rows = frappe.get_all("Kyodo Organisation", _organisation_filters(name=name), ORGANISATION_FIELDS, limit=1)
	if not rows:
		return None
	_with_fields_of_activity(rows)
	row = _consented(rows[0])
	row.more = form_public.beyond("Kyodo Organisation", rows)[row.name]
	row.proposals = frappe.get_all(
		"Kyodo Proposal",
		_proposal_filters(organisation=name),
		["name", "title", "workflow_state", "fiscal_year"],
		order_by="fiscal_year desc, name desc",
		limit=100,
	)
	row.projects = frappe.get_all(
		"Kyodo Project",
		_project_filters(organisation=name),
		["name", "project_name", "workflow_state", "fiscal_year"],
		order_by="fiscal_year desc, name desc",
		limit=100,
	)
	return row


def _consented(row: dict) -> dict:
	for field, consent in CONSENTS.items():
		if not row.get(consent):
			row[field] = None
	for consent in set(CONSENTS.values()):
		row.pop(consent, None)
	form_public.keep_declared("Kyodo Organisation", [row])
	if not str(row.website or "").lower().startswith(("http://", "https://")):
		row.website = None  # nothing but a web address becomes a link
	return row


def _organisations_in_field(code: str) -> list[str]:
	return frappe.get_all(
		"Kyodo Organisation Activity",
		{"parenttype": "Kyodo Organisation", "activity_field": code},
		pluck="parent",
		order_by="parent",
	)


def _with_fields_of_activity(rows: list[dict]):
	labels = dict(activity_fields())
	chosen = _by_parent(
		_rows("Kyodo Organisation Activity", "Kyodo Organisation", [row.name for row in rows], ["activity_field"])
	)
	for row in rows:
		row.activity_fields = [labels.get(r.activity_field, r.activity_field) for r in chosen.get(row.name, [])]


def activity_fields() -> list[tuple[str, str]]:
	"""[(code, label)] in the order of the law."""
	return [
		(row.name, row.label_text)
		for row in frappe.get_all("Kyodo Activity Field", fields=["name", "label_text"], order_by="code asc")
	]


def public_names(names: list[str | None]) -> dict[str, str]:
	"""{organisation: its name} of those that have agreed to be named."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	return dict(
		frappe.get_all(
			"Kyodo Organisation",
			{"name": ["in", wanted], "publish_profile": 1},
			["name", "organisation_name"],
			as_list=True,
			order_by="name",
		)
	)


def _name_organisations(rows: list[dict]):
	"""`organisation` becomes {name, label, link}: named only with the organisation's consent."""
	names = [row.organisation for row in rows if row.organisation]
	known = public_names(names)
	registered = set()
	if known:
		registered = set(
			frappe.get_all(
				"Kyodo Organisation", _organisation_filters(name=["in", list(known)]), pluck="name", order_by="name"
			)
		)
	for row in rows:
		name = row.organisation
		row.has_organisation = bool(name)
		row.organisation_name = known.get(name)
		row.organisation = name if name in registered else None


# -- meetings ----------------------------------------------------------------------


def _meeting_filters(**more) -> dict:
	shown = states("Kyodo Meeting", public=True)
	return {"workflow_state": ["in", shown], "meeting_date": ["is", "set"], **openings.without_drafts(), **more}


MEETING_FIELDS = (
	*("name", "committee", "meeting_type", "meeting_date", "workflow_state", "fiscal_year", "begins_at", "ends_at"),
	*("place", "open_to_public", "observers", "document_review"),
)


def meetings(year: int | None = None, state: str | None = None, start: int = 0, limit: int = PAGE):
	"""(rows, how many there are), the latest first."""
	filters = _meeting_filters()
	if year:
		filters["fiscal_year"] = year
	if state in states("Kyodo Meeting", public=True):
		filters["workflow_state"] = state
	rows = frappe.get_all(
		"Kyodo Meeting", filters, MEETING_FIELDS, order_by="meeting_date desc, name desc", start=start, limit=limit
	)
	_name_committees(rows)
	return rows, frappe.db.count("Kyodo Meeting", filters)


def next_meetings(limit: int = 5, programme: str | None = None) -> list[dict]:
	"""Meetings (of the committees of one programme) from today on."""
	filters = {"workflow_state": ["in", states("Kyodo Meeting", WRITING, WAITING, EXAMINED, public=True)], "meeting_date": [">=", nowdate()]}
	filters |= openings.without_drafts()
	if programme:
		committees = frappe.get_all("Kyodo Committee", {"programme": programme}, pluck="name", order_by="name")
		filters["committee"] = ["in", committees or [""]]
	rows = frappe.get_all(
		"Kyodo Meeting",
		filters,
		MEETING_FIELDS,
		order_by="meeting_date asc, begins_at asc",
		limit=limit,
	)
	_name_committees(rows)
	return rows


def meeting(name: str) -> dict | None:
	"""A meeting: what is on the agenda, what came of it, and its minutes once they are published.

	An item behind closed doors shows its legal ground and nothing else; one about a record that is not published
	shows only of which kind it is, here as in the minutes. Where its part cannot be told from the others any more,
	the page tells of those from the data and leaves the text out.
	"""
	rows = frappe.get_all("Kyodo Meeting", _meeting_filters(name=name), MEETING_FIELDS, limit=1)
	if not rows:
		return None
	row = rows[0]
	_name_committees(rows)
	row.agenda = _agenda(row)
	row.present = _present(row)
	row.minutes = None
	row.minutes_shortened = False
	if row.workflow_state == "Published":
		hidden = {item.idx for item in row.agenda if item.hidden and not item.closed}
		row.minutes = minutes.without_unpublished(name, hidden)
		row.minutes_shortened = row.minutes is None
	return row


def _agenda(meeting: dict) -> list[dict]:
	if category("Kyodo Meeting", meeting.workflow_state) not in WITH_AGENDA:
		return []
	items = _rows(
		"Kyodo Agenda Item",
		"Kyodo Meeting",
		meeting.name,
		[
			*("item_type", "subject", "proposal", "report", "evaluation_round", "begins_at", "closed"),
			*("legal_ground", "notes", "result", "quorum_note", "idx"),
		],
	)
	links = _published_subjects(items)
	for item in items:
		subject = item.proposal or item.report or item.evaluation_round
		item.link, title = links.get(subject, (None, None))
		item.subject = title or item.subject
		item.hidden = bool(item.closed) or bool(subject and not item.link)
		if item.hidden:
			item.subject = item.notes = item.link = None
		if item.closed or category("Kyodo Meeting", meeting.workflow_state) != DECIDED:
			item.result = item.quorum_note = None
		if meeting.workflow_state != "Published":
			item.notes = None
		for inner in ("proposal", "report", "evaluation_round", "parent"):
			item.pop(inner, None)
	return items


def _published_subjects(items: list[dict]) -> dict[str, tuple[str, str | None]]:
	"""{proposal, report or round: (address of its public page, title if it is the page's own)}"""
	links = {}
	proposals = [item.proposal for item in items if item.proposal]
	if proposals:
		for row in frappe.get_all(
			"Kyodo Proposal", _proposal_filters(name=["in", proposals]), ["name", "title"], order_by="name"
		):
			links[row.name] = (f"/kyodo/proposals/{row.name}", row.title)
	projects = {}
	for doctype, fieldname in (("Kyodo Report", "report"), ("Kyodo Evaluation Round", "evaluation_round")):
		names = [item.get(fieldname) for item in items if item.get(fieldname)]
		if names:
			projects.update(
				dict(frappe.get_all(doctype, {"name": ["in", names]}, ["name", "project"], as_list=True, order_by="name"))
			)
	if projects:
		published = frappe.get_all(
			"Kyodo Project", _project_filters(name=["in", list(projects.values())]), pluck="name", order_by="name"
		)
		for name, project in projects.items():
			if project in published:
				links[name] = (f"/kyodo/projects/{project}", None)
	return links


def _present(meeting: dict) -> dict[str, int]:
	"""{side: members present} of a meeting that is over."""
	if category("Kyodo Meeting", meeting.workflow_state) != DECIDED:
		return {}
	counted = {}
	for row in _rows("Kyodo Attendance", "Kyodo Meeting", meeting.name, ["side", "present"]):
		counted[row.side] = counted.get(row.side, 0) + int(row.present or 0)
	return counted


def _name_committees(rows: list[dict]):
	names = sorted({row.committee for row in rows if row.committee})
	known = {}
	if names:
		fields = ["name", "committee_name", "programme"]
		known = {row.name: row for row in frappe.get_all("Kyodo Committee", {"name": ["in", names]}, fields, order_by="name")}
	for row in rows:
		committee = known.get(row.committee) or frappe._dict()
		row.committee, row.programme = committee.committee_name or "", committee.programme


# -- for filters and downloads -----------------------------------------------------


YEAR_FILTERS = {
	"Kyodo Event": lambda: {"state": ["in", EVENT_STATES], "audience": ["in", PUBLIC_EVENTS], **openings.without_drafts()},
	"Kyodo Proposal": _proposal_filters,
	"Kyodo Project": _project_filters,
	"Kyodo Meeting": _meeting_filters,
}


def years(doctype: str) -> list[int]:
	"""Fiscal years of the published records of a kind, the latest first."""
	found = frappe.get_all(
		doctype, YEAR_FILTERS[doctype](), pluck="fiscal_year", distinct=True, order_by="fiscal_year desc"
	)
	return [year for year in found if year]
