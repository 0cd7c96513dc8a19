"""What the portal's pages show to a login: only what its permissions open, by explicit fields."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import COMMITTEE, ORGANISATION, SECTION
from kyodo_frappe.portal import fields, forms
from kyodo_frappe.services import agreements, proposals, publication, reviews as marking

EDITABLE = ("Draft", "Returned")
MOST = 50


# -- my page -----------------------------------------------------------------------


def home() -> dict:
	"""Everything that waits for this login, and its own records."""
	mine = _my_proposals()
	return {
		"title": _("My page"),
		"organisations": _my_organisations(),
		"proposals": mine,
		"projects": _my_projects(),
		"waiting": _waiting(mine),
		"deadlines": _deadlines(),
		"is_member": COMMITTEE in frappe.get_roles(),
		"meetings": _my_meetings(),
	}


def _my_organisations() -> list[dict]:
	names = organisations_of(frappe.session.user)
	if not names:
		return []
	return frappe.get_list(
		"Kyodo Organisation",
		{"name": ["in", names]},
		["name", "organisation_name", "workflow_state", "valid_until", "return_reason"],
		order_by="creation asc",
	)


def _my_proposals() -> list[dict]:
	"""Proposals of the login's organisations, the last changed first."""
	names = organisations_of(frappe.session.user)
	if not names or not frappe.has_permission("Kyodo Proposal", "read"):
		return []
	return frappe.get_list(
		"Kyodo Proposal",
		{"organisation": ["in", names]},
		["name", "title", "workflow_state", "fiscal_year", "modified", "return_reason", "previous_proposal"],
		order_by="modified desc",
		limit=MOST,
	)


def _my_projects() -> list[dict]:
	"""Projects with the documents that the login may open: [{…, documents: [{address, title, state}]}]."""
	if not {ORGANISATION, SECTION} & set(frappe.get_roles()):
		return []
	rows = frappe.get_list(
		"Kyodo Project",
		{"workflow_state": ["!=", "Cancelled"]},
		["name", "project_name", "workflow_state", "fiscal_year", "published"],
		order_by="fiscal_year desc, name desc",
		limit=MOST,
	)
	by_name = {row.name: row for row in rows}
	for row in rows:
		row.documents = []
	kinds = (
		("Kyodo Agreement", _("Agreement"), "agreements"),
		("Kyodo Report", _("Report"), "reports"),
		("Kyodo Evaluation Round", _("Evaluation"), "evaluations"),
	)
	for doctype, title, place in kinds if rows else ():
		for row in frappe.get_list(
			doctype,
			{"project": ["in", list(by_name)]},
			["name", "project", "workflow_state"],
			order_by="creation asc",
			limit=MOST * 4,
		):
			document = {"address": f"/kyodo/my/{place}/{row.name}", "title": title, "state": row.workflow_state}
			by_name[row.project].documents.append(document)
	return rows


def _my_meetings() -> list[dict]:
	if COMMITTEE not in frappe.get_roles():
		return []
	return frappe.get_list(
		"Kyodo Meeting",
		{"workflow_state": ["in", ("Convened", "In Session")]},
		["name", "meeting_type", "meeting_date", "begins_at", "place", "workflow_state"],
		order_by="meeting_date asc",
		limit=MOST,
	)


def _waiting(mine: list[dict]) -> list[dict]:
	"""[{kind, title, address, note, due}], what is due first."""
	found = []
	for row in mine:
		if row.workflow_state in EDITABLE:
			kind = _("Draft to finish") if row.workflow_state == "Draft" else _("Returned proposal")
			found.append(_task(kind, row.title, f"/kyodo/my/proposals/{row.name}", row.return_reason if row.workflow_state == "Returned" else ""))
	for row in _my_organisations():
		if row.workflow_state in ("Draft", "Returned", "Expired"):
			found.append(
				_task(
					_("Registration of the organisation"),
					row.organisation_name,
					f"/kyodo/my/organisation?name={row.name}",
					row.return_reason if row.workflow_state == "Returned" else "",
				)
			)
	roles = set(frappe.get_roles())
	if roles & {ORGANISATION, SECTION}:
		found += _agreements_to_confirm() + _reports_due() + _sheets_to_fill()
	if COMMITTEE in roles:
		found += _reviews_to_mark()
	return sorted(found, key=lambda task: str(task.due or "9999"))


def _task(kind: str, title: str | None, address: str, note: str | None = "", due=None) -> dict:
	return frappe._dict(kind=kind, title=title or "", address=address, note=note or "", due=due)


def _agreements_to_confirm() -> list[dict]:
	offered = frappe.get_list(
		"Kyodo Agreement",
		{"workflow_state": "Offered"},
		["name", "project", "content_hash"],
		order_by="modified desc",
		limit=MOST,
	)
	if not offered:
		return []
	titles = _titles("Kyodo Project", "project_name", [row.project for row in offered])
	found = []
	for row in offered:
		doc = frappe.get_doc("Kyodo Agreement", row.name)
		party = agreements.party_of(doc, frappe.session.user)
		if party and party.party_name in agreements.waiting_for(doc):
			found.append(_task(_("Agreement to confirm"), titles.get(row.project), f"/kyodo/my/agreements/{row.name}"))
	return found


def _reports_due() -> list[dict]:
	rows = frappe.get_list(
		"Kyodo Report",
		{"workflow_state": ["in", EDITABLE]},
		["name", "project", "due_date", "workflow_state", "return_reason"],
		order_by="due_date asc",
		limit=MOST,
	)
	titles = _titles("Kyodo Project", "project_name", [row.project for row in rows])
	return [
		_task(
			_("Report to hand in") if row.workflow_state == "Draft" else _("Returned report"),
			titles.get(row.project),
			f"/kyodo/my/reports/{row.name}",
			row.return_reason if row.workflow_state == "Returned" else "",
			row.due_date,
		)
		for row in rows
	]


def _sheets_to_fill() -> list[dict]:
	rows = frappe.get_list(
		"Kyodo Evaluation Sheet",
		{"submitted_on": ["is", "not set"]},
		["name", "evaluation_round", "project"],
		order_by="creation asc",
		limit=MOST,
	)
	titles = _titles("Kyodo Project", "project_name", [row.project for row in rows])
	return [
		_task(_("Evaluation to fill in"), titles.get(row.project), f"/kyodo/my/evaluations/{row.evaluation_round}")
		for row in rows
	]


def _reviews_to_mark() -> list[dict]:
	return [
		_task(_("Proposal to mark"), row.title, f"/kyodo/my/reviews/{row.name}", "", row.meeting_date)
		for row in _my_reviews()
		if row.open
	]


def _titles(doctype: str, fieldname: str, names: list[str]) -> dict[str, str]:
	"""Titles of records that lists open to this login have named."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	return dict(
		frappe.get_all(doctype, {"name": ["in", wanted]}, ["name", fieldname], as_list=True, order_by="name")
	)


def _deadlines() -> list[dict]:
	programme = publication.programme()
	return publication.next_deadlines(programme.name) if programme else []


# -- proposals ---------------------------------------------------------------------


def new_proposal() -> dict:
	"""The first page of a proposal: for whom, and what the city calls kyodo."""
	return {
		"title": _("New proposal"),
		"typed": forms.typed_before("new-proposal"),
		"programmes": _programmes(),
		"organisations": _writable_organisations(),
		"calls": [row for row in publication.calls() if row.open],
	}


def _programmes() -> list[dict]:
	return frappe.get_all(
		"Kyodo Programme", {"is_active": 1}, ["name", "programme_name", "definition"], order_by="creation asc"
	)


def _writable_organisations() -> list[dict]:
	names = organisations_of(frappe.session.user, WRITERS)
	if not names:
		return []
	return frappe.get_list(
		"Kyodo Organisation", {"name": ["in", names]}, ["name", "organisation_name"], order_by="creation asc"
	)


def proposal(name: str) -> dict:
	"""One's own proposal: a form while it may be written, afterwards a page to read."""
	doc = opened("Kyodo Proposal", name)
	may_write = doc.has_permission("write")
	editing = may_write and doc.workflow_state in EDITABLE
	typed = forms.typed_before(f"proposal:{name}")
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme)
	criteria = {row.code: row for row in programme.criteria}
	parts = [
		{
			"field": row.field,
			"label": row.label_text,
			"help": row.help_text or "",
			"question": criteria[row.criterion].question if row.criterion in criteria else "",
			"required": row.required,
		}
		for row in programme.sheet_parts
	]
	known = {part["field"] for part in parts}
	parts += [
		{"field": field, "label": _(doc.meta.get_label(field)), "help": "", "question": "", "required": 0}
		for field in proposals.PARTS
		if field not in known and doc.get(field)
	]
	changed = bool(typed) and typed.get("modified") != str(doc.modified)
	return {
		"title": doc.title,
		"doc": _only(
			doc,
			*("name", "title", "workflow_state", "fiscal_year", "modified", "modified_by", "programme", "origin"),
			*("return_reason", "withdraw_reason", "budget_failed_reason", "acknowledged_on", "acknowledged_text"),
			*("previous_proposal", "total_income", "total_expenses", "publish_consent", "call"),
		),
		"organisation": frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		"values": forms.view(doc, fields.PROPOSAL, fields.PROPOSAL_TABLES, typed),
		"acknowledged": bool(typed.get("acknowledged")) if "has-acknowledged" in typed else bool(doc.acknowledged_on),
		"definition": programme.definition,
		"sheet_parts": parts,
		"reading": None if editing else sheet_of(doc),
		"editing": editing,
		"may_write": may_write,
		"stored": forms.unsaved(doc, fields.PROPOSAL, typed) if editing and changed else {},
		"missing": proposals.missing_parts(doc) if editing else [],
		"advice": proposals.advice_for(doc) if editing else {},
		"calls": [row for row in publication.calls() if row.open or row.name == doc.call],
		"options": {
			"side": forms.choices("Kyodo Role Line", "side"),
			"schedule_side": forms.choices("Kyodo Schedule Line", "side"),
			"income": forms.choices("Kyodo Income Line", "category"),
			"expenses": forms.choices("Kyodo Expense Line", "category"),
		},
		"timeline": publication.timeline([name], public=False),
		"decisions": _decisions(name),
		"letters": _letters(name),
		"consultations": _consultations({"proposal": name}),
		"may_withdraw": may_write
		and doc.workflow_state in ("Draft", "Submitted", "Returned", "Received", "In Consultation", "Step 1", "Step 2"),
		"may_propose_again": may_write and doc.workflow_state == "Not Adopted",
		"typed": typed,
	}


def _decisions(proposal: str) -> list[dict]:
	if not frappe.has_permission("Kyodo Decision", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Decision",
		{"proposal": proposal, "docstatus": 1},
		["name", "result", "decided_on", "amount", "conditions", "advice"],
		order_by="decided_on asc, creation asc",
	)
	if rows:
		reasons = {}
		for row in frappe.get_all(
			"Kyodo Decision Reason",
			{"parenttype": "Kyodo Decision", "parent": ["in", [row.name for row in rows]]},
			["parent", "question", "finding", "reason"],
			order_by="parent, idx",
		):
			reasons.setdefault(row.parent, []).append(row)
		for row in rows:
			row.reasons = reasons.get(row.name, [])
	return rows


def _letters(proposal: str) -> list[dict]:
	if not frappe.has_permission("Kyodo Letter", "read"):
		return []
	return frappe.get_list(
		"Kyodo Letter",
		{"proposal": proposal},
		["name", "letter_number", "issued_on", "subject"],
		order_by="issued_on asc",
	)


# -- organisation --------------------------------------------------------------------


def organisation() -> dict:
	"""One's own organisation (`name` in the query where there are several), or the form of a new one."""
	names = organisations_of(frappe.session.user)
	asked = str(frappe.form_dict.get("name") or "")
	beginning = asked == "new" or not names
	if asked and asked != "new" and asked not in names:
		raise frappe.PageDoesNotExistError
	form = f"organisation:{'' if beginning else asked or names[0]}"
	typed = forms.typed_before(form)
	doc = frappe.new_doc("Kyodo Organisation") if beginning else opened("Kyodo Organisation", asked or names[0])
	may_write = beginning or doc.has_permission("write")
	state = None if beginning else doc.workflow_state
	chosen = {row.activity_field for row in doc.activity_fields}
	if typed:
		chosen = {key.removeprefix("activity-") for key in typed if key.startswith("activity-")}
	return {
		"title": _("Register an organisation") if beginning else doc.organisation_name,
		"doc": _only(doc, "name", "organisation_name", "workflow_state", "modified", "valid_until", "return_reason"),
		"form": form,
		"beginning": beginning,
		"values": forms.view(
			doc, (*fields.ORGANISATION, *fields.ORGANISATION_ALWAYS), fields.ORGANISATION_TABLES, typed
		),
		"requirements": [row.requirement for row in doc.requirement_checks],
		"types": forms.choices("Kyodo Organisation", "organisation_type"),
		"activity_fields": publication.activity_fields(),
		"chosen": chosen,
		"may_write": may_write,
		"editing": may_write and (beginning or state in ("Draft", "Returned", "Expired")),
		"actions": _organisation_actions(state) if may_write else [],
		"people": [(row.member_name or row.user, _(row.member_role)) for row in doc.members],
		"others": [row for row in _my_organisations() if row.name != doc.name],
	}


def _organisation_actions(state: str | None) -> list[str]:
	return {"Draft": ["Apply for Registration"], "Returned": ["Apply for Registration"], "Expired": ["Renew"]}.get(state, [])


# -- reviews -------------------------------------------------------------------------


def reviews() -> dict:
	return {"title": _("Proposals to mark"), "rows": _my_reviews()}


def _my_reviews() -> list[dict]:
	if not frappe.has_permission("Kyodo Review", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Review",
		{"member": frappe.session.user},
		["name", "proposal", "step", "submitted_on", "interest_declared", "meeting", "released"],
		order_by="creation desc",
		limit=MOST,
	)
	titles = _titles("Kyodo Proposal", "title", [row.proposal for row in rows])
	meetings = {}
	if rows:
		meetings = {
			row.name: row
			for row in frappe.get_all(
				"Kyodo Meeting",
				{"name": ["in", [row.meeting for row in rows if row.meeting] or [""]]},
				["name", "meeting_date", "workflow_state"],
				order_by="name",
			)
		}
	for row in rows:
		meeting = meetings.get(row.meeting) or frappe._dict()
		row.title = titles.get(row.proposal)
		row.meeting_date = meeting.meeting_date
		row.open = bool(
			not row.submitted_on
			and not row.interest_declared
			and not row.released
			and meeting.workflow_state in ("Convened", "In Session")
		)
	return rows


def review(name: str) -> dict:
	"""A member's own marks beside the text of the proposal."""
	doc = opened("Kyodo Review", name)
	if doc.member != frappe.session.user:
		raise frappe.PageDoesNotExistError
	typed = forms.typed_before(f"review:{name}")
	meeting = frappe.db.get_value("Kyodo Meeting", doc.meeting, ["workflow_state", "meeting_date"], as_dict=True)
	text = opened("Kyodo Proposal", doc.proposal)
	criteria = marking.criteria_of(text.programme, doc.step)
	given = {row.criterion: row.mark for row in doc.marks}
	for row in criteria:
		row["mark"] = typed.get(f"mark-{row['code']}", given.get(row["code"]) or "")
		row["choices"] = ("○", "△", "×") if row["scale"] == "OX" else tuple(str(n) for n in range((row["max_points"] or 5) + 1))
	closed = bool(doc.submitted_on or doc.released or doc.interest_declared)
	return {
		"title": text.title,
		"doc": _only(doc, "name", "step", "submitted_on", "interest_declared", "interest_reason", "total", "comment"),
		"comment": typed.get("comment", doc.comment or ""),
		"reason": typed.get("reason", ""),
		"criteria": criteria,
		"meeting_date": meeting.meeting_date if meeting else None,
		"editing": bool(
			not closed and meeting and meeting.workflow_state in ("Convened", "In Session") and doc.has_permission("write")
		),
		"proposal": sheet_of(text),
		"shared": marking.shared_marks(doc.proposal, doc.step) if doc.released or closed else [],
	}


def sheet_of(doc: Document) -> dict:
	"""The text of a proposal for reading."""
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme)
	labels = {row.field: row.label_text for row in programme.sheet_parts}
	return frappe._dict(
		name=doc.name,
		title=doc.title,
		organisation=frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		needs_budget=doc.needs_budget,
		requested_amount=doc.requested_amount,
		parts=[
			{"label": labels.get(field) or _(doc.meta.get_label(field)), "text": doc.get(field)}
			for field in proposals.PARTS
			if doc.get(field)
		],
		roles=[_only(row, "side", "role") for row in doc.roles],
		schedule=[_only(row, "period", "activity", "side") for row in doc.schedule],
		indicators=[_only(row, "indicator", "unit", "baseline", "target", "measurement") for row in doc.indicators],
		income=[_only(row, "category", "description", "amount") for row in doc.income],
		expenses=[_only(row, "category", "description", "unit_price", "quantity", "amount") for row in doc.expenses],
		total_income=doc.total_income,
		total_expenses=doc.total_expenses,
	)


# -- agreements ----------------------------------------------------------------------


def agreement(name: str) -> dict:
	"""The whole text as it would be signed, its hash, and who has confirmed it."""
	doc = opened("Kyodo Agreement", name)
	party = agreements.party_of(doc, frappe.session.user)
	typed = forms.typed_before(f"agreement:{name}")
	waiting = agreements.waiting_for(doc)
	return {
		"title": frappe.db.get_value("Kyodo Project", doc.project, "project_name"),
		"doc": _only(
			doc,
			*("name", "agreement_kind", "form", "workflow_state", "effective_from", "effective_to", "content_hash"),
			*("offered_on", "concluded_on", "termination_reason"),
		),
		"parties": [_only(row, "side", "party_name", "representative") for row in doc.parties],
		"roles": [_only(row, "side", "role") for row in doc.roles],
		"costs": [_only(row, "side", "description", "amount") for row in doc.costs],
		"clauses": [_only(row, "heading", "body") for row in doc.clauses],
		"confirmations": [
			_only(row, "party", "signatory_name", "position", "confirmed_on") for row in doc.confirmations
		],
		"waiting": waiting,
		"party": party.party_name if party else None,
		"may_confirm": bool(doc.workflow_state == "Offered" and party and party.party_name in waiting),
		"may_offer": doc.workflow_state == "Drafting" and doc.has_permission("write"),
		"may_reopen": doc.workflow_state == "Offered" and doc.has_permission("write"),
		"position": typed.get("position", ""),
	}


# -- reports -------------------------------------------------------------------------


def report(name: str) -> dict:
	"""A report: results for each indicator of the plan, money line by line."""
	doc = opened("Kyodo Report", name)
	typed = forms.typed_before(f"report:{name}")
	return {
		"title": frappe.db.get_value("Kyodo Project", doc.project, "project_name"),
		"doc": _only(
			doc,
			*("name", "fiscal_year", "workflow_state", "modified", "completed_on", "due_date", "submitted_on"),
			*("return_reason", "granted_amount", "settled_amount", "unused_amount"),
		),
		"values": forms.view(doc, fields.REPORT, fields.REPORT_SHOWN, typed),
		"editing": doc.workflow_state in EDITABLE and doc.has_permission("write"),
		"typed": typed,
	}


# -- evaluations ---------------------------------------------------------------------


def evaluation(name: str) -> dict:
	"""The sheet of one's own side; once both are in, both side by side with the differences."""
	doc = opened("Kyodo Evaluation Round", name)
	sheets = frappe.get_list(
		"Kyodo Evaluation Sheet",
		{"evaluation_round": name},
		["name", "side", "submitted_on", "released"],
		order_by="side asc",
	)
	released = len(sheets) == 2 and all(sheet.released for sheet in sheets)
	mine = next((s for s in sheets if not s.released and _may_write("Kyodo Evaluation Sheet", s.name)), None)
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme)
	scale = programme.evaluation_scale or 5
	items = []
	sheet = None
	typed = {}
	if mine:
		sheet = frappe.get_doc("Kyodo Evaluation Sheet", mine.name)
		typed = forms.typed_before(f"evaluation:{mine.name}")
		given = {row.item_code: row for row in sheet.marks}
		for row in doc.items:
			mark = given.get(row.code) or frappe._dict()
			items.append(
				{
					"code": row.code,
					"item": row.item,
					"kind": row.kind,
					"target": row.target,
					"actual": row.actual,
					"mark": typed.get(f"mark-{row.code}", str(mark.mark or "")),
					"reason": typed.get(f"reason-{row.code}", mark.reason or ""),
				}
			)
	return {
		"title": frappe.db.get_value("Kyodo Project", doc.project, "project_name"),
		"doc": _only(doc, "name", "fiscal_year", "phase", "workflow_state"),
		"sheet": _only(sheet, "name", "side", "submitted_on", "modified") if sheet else None,
		"comment": typed.get("comment", (sheet.comment or "") if sheet else ""),
		"items": items,
		"scale": [str(number) for number in range(1, scale + 1)],
		"low": programme.reason_below,
		"editing": bool(sheet and not sheet.submitted_on),
		"both": publication.both_sides(doc) if released else None,
	}


# -- consultations -------------------------------------------------------------------


def consultations() -> dict:
	return {"title": _("Consultations"), "rows": _consultations({})}


def _consultations(filters: dict) -> list[dict]:
	if not frappe.has_permission("Kyodo Consultation", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Consultation",
		filters,
		["name", "proposal", "kind", "held_on", "section", "participants", "summary", "opinion"],
		order_by="held_on desc",
		limit=MOST,
	)
	titles = _titles("Kyodo Proposal", "title", [row.proposal for row in rows])
	for row in rows:
		row.title = titles.get(row.proposal)
	return rows


# -- common --------------------------------------------------------------------------


def opened(doctype: str, name: str) -> Document:
	"""A record that this login may read; PageDoesNotExistError otherwise, whether it exists or not."""
	doc = frappe.get_doc(doctype, name) if frappe.db.exists(doctype, name) else None
	if doc is None or not doc.has_permission("read"):
		raise frappe.PageDoesNotExistError
	return doc


def _may_write(doctype: str, name: str) -> bool:
	return bool(frappe.get_doc(doctype, name).has_permission("write"))


def _only(doc, *names: str) -> dict:
	return frappe._dict({name: doc.get(name) for name in names})
