"""What handing in a proposal costs, against the same steps on a bare copy of its DocType: its fields, tables and workflow, no code."""

PROPOSAL, COPY = "Kyodo Proposal", "Measured Proposal"
KEPT = ("fieldname", "fieldtype", "label", "options", "reqd", "default", "permlevel", "hidden", "read_only", "length")
COPIED = ("naming_rule", "track_changes", "title_field", "search_fields")
ROUNDS, WARM_UP = 20, 3


def measure(bench):
	"""Ratios of medians and queries of an applicant's insert and transition; the copy is deleted at the end."""
	import frappe

	from kyodo_frappe.demo import people
	from kyodo_frappe.demo.clients import LocalClient
	from kyodo_frappe.permissions import roles

	frappe.set_user("Administrator")
	_copy()
	try:
		tag = "m" + frappe.generate_hash(length=6)
		office = LocalClient(people.make_user(f"{tag}-office", "事務局", [roles.OFFICER]))
		applicant = LocalClient(people.make_user(f"{tag}-rep", "代表", [roles.ORGANISATION]))
		values = _proposal(applicant, office, tag)
		return _compare(bench, {"ours": (applicant, values), "bare": (office, {**values, "doctype": COPY})})
	finally:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		_delete_copy()


def _compare(bench, sides: dict) -> dict:
	drafts = {side: [] for side in sides}

	def insert(side):
		client, values = sides[side]
		drafts[side].append(client.insert(dict(values))["name"])

	def hand_in(side):
		client, values = sides[side]
		client.act(values["doctype"], drafts[side].pop(), "Submit")

	actions = {f"{side}_{step.__name__}": (lambda step=step, side=side: step(side)) for side in sides for step in (insert, hand_in)}
	times = bench.side_by_side(actions, rounds=ROUNDS, warm_up=WARM_UP)
	took = {side: sum(times[f"{side}_{step}"]["median_ms"] for step in ("insert", "hand_in")) for side in sides}
	return {
		"handed_in_to_bare": round(took["ours"] / took["bare"], 2),
		"queries": {name: bench.queries(action) for name, action in actions.items()},
		"times": times,
	}


def _proposal(applicant, office, tag: str) -> dict:
	"""A complete proposal of a registered organisation, acknowledged, in a call without steps beforehand."""
	import frappe

	from kyodo_frappe.demo import cycle_steps
	from kyodo_frappe.programme.presets import load_preset

	programme = load_preset("kamakura")
	doc = frappe.get_doc("Kyodo Programme", programme)
	doc.update({"advice_required": 0, "one_per_year": 0, "consultation_required": 0})
	doc.save()
	organisation = cycle_steps.begin_organisation(applicant, programme, f"{tag}会", representative="代表")
	cycle_steps.apply_for_registration(applicant, organisation)
	office.act("Kyodo Organisation", organisation, "Register")
	draft = {"title": "みんなの食堂", "programme": programme, "organisation": organisation, "next_budget_consent": 1}
	plan = {**cycle_steps.SHEET, **cycle_steps.PLAN, "needs_budget": 0, "acknowledged_on": frappe.utils.now()}
	return {"doctype": PROPOSAL, **draft, **plan}


def _copy():
	import frappe

	meta = frappe.get_meta(PROPOSAL)
	allowed = {"role": "Kyodo Officer", "read": 1, "write": 1, "create": 1}
	fields = [{key: field.get(key) for key in KEPT} for field in meta.fields]
	copied = {key: meta.get(key) for key in COPIED}
	doc = {"doctype": "DocType", "name": COPY, "module": "Custom", "custom": 1, "fields": fields, "permissions": [allowed]}
	doc.update(copied, autoname=meta.autoname.replace("KP", "MP"))
	frappe.get_doc(doc).insert()
	workflow = frappe.copy_doc(frappe.get_doc("Workflow", {"document_type": PROPOSAL}))
	workflow.update({"workflow_name": COPY, "document_type": COPY})
	for transition in workflow.transitions:
		transition.condition = ""
	workflow.insert()


def _delete_copy():
	import frappe

	for doctype in ("Workflow", "DocType"):
		frappe.delete_doc(doctype, COPY, force=True, ignore_missing=True)
	frappe.db.commit()
