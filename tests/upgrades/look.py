"""Run in a site's folder with the bench's Python, `look.py <site> <command>`: what a site of an earlier version holds, what a
city has changed there, and what its people see after the upgrade. Prints FOUND and JSON."""

import json
import sys
from pathlib import Path

import frappe
import frappe.sessions  # pages ask for a token

sys.path.append(str(Path(__file__).resolve().parents[1] / "site"))
sys.path.append(str(Path(__file__).resolve().parents[1]))

MODULE = "Kyodo Frappe"
WORDING = "市の職員が書き換えた文面です。"
STATE, ACTION = "市独自の確認中", "市独自の確認に回す"
KIND = "市の外郭団体"


def tables() -> list[str]:
	return frappe.get_all("DocType", {"module": MODULE, "issingle": 0}, pluck="name", order_by="name")


def records() -> dict:
	"""{DocType: {name: {column: text}}} of all records and rows of ours."""
	found = {}
	for doctype in tables():
		rows = frappe.get_all(doctype, fields=["*"], order_by="name", limit_page_length=0)
		found[doctype] = {str(row.name): {key: str(value) for key, value in row.items() if value not in (None, "", 0)} for row in rows}
	files = frappe.get_all(
		"File", {"attached_to_doctype": ["in", list(found)]}, ["name", "file_url", "is_private", "attached_to_name"], order_by="name"
	)
	found["File"] = {row.name: {key: str(value) for key, value in row.items()} for row in files}
	return found


def change() -> dict:
	"""What a city does to its site: a state and a step of its own, its own words in a letter, a kind of organisation."""
	for name, doctype in ((STATE, "Workflow State"), (ACTION, "Workflow Action Master")):
		field = "workflow_state_name" if doctype == "Workflow State" else "workflow_action_name"
		frappe.get_doc({"doctype": doctype, field: name}).insert(ignore_if_duplicate=True)
	workflow = frappe.get_doc("Workflow", frappe.db.get_value("Workflow", {"document_type": "Kyodo Proposal", "is_active": 1}))
	workflow.append("states", {"state": STATE, "doc_status": "0", "allow_edit": "Kyodo Officer"})
	workflow.append(
		"transitions", {"state": "Received", "action": ACTION, "next_state": STATE, "allowed": "Kyodo Officer", "allow_self_approval": 1}
	)
	workflow.append(
		"transitions",
		{
			"state": STATE,
			"action": "Send to Consultation",
			"next_state": "In Consultation",
			"allowed": "Kyodo Officer",
			"allow_self_approval": 1,
		},
	)
	if not frappe.db.exists("Workflow Action Master", "Send to Consultation"):
		frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": "Send to Consultation"}).insert()
	workflow.flags.ignore_validate = True  # it is saved as its own version saves: what a state means is said after the upgrade
	workflow.save()
	letter = frappe.db.get_value("Kyodo Letter Numbering", {"letter_type": "Receipt"})
	frappe.db.set_value("Kyodo Letter Numbering", letter, "opening", WORDING)
	options = frappe.get_meta("Kyodo Organisation").get_field("organisation_type").options
	setter = {"doctype": "Kyodo Organisation", "fieldname": "organisation_type", "property": "options", "property_type": "Text"}
	frappe.make_property_setter(
		{**setter, "value": f"Circle\n{KIND}" if "\n" not in options else f"{options}\n{KIND}"}, validate_fields_for_doctype=False
	)
	frappe.db.set_value(
		"Kyodo Organisation", frappe.get_all("Kyodo Organisation", pluck="name", order_by="name", limit=1)[0], "organisation_type", KIND
	)
	frappe.db.commit()
	return {"workflow": workflow.name, "letter": letter}


def kept() -> dict:
	"""What of the city's changes is there."""
	workflow = frappe.get_doc("Workflow", frappe.db.get_value("Workflow", {"document_type": "Kyodo Proposal", "is_active": 1}))
	kinds = frappe.get_all("Kyodo Organisation Type", {"enabled": 1}, pluck="label_text", order_by="sort_order")
	return {
		"kinds": kinds,
		"states": [row.state for row in workflow.states],
		"steps": [[row.state, row.action, row.next_state] for row in workflow.transitions],
		"openings": frappe.get_all("Kyodo Letter Numbering", {"letter_type": "Receipt"}, pluck="opening", order_by="name"),
	}


def rights() -> dict:
	"""{DocType: [[role, level, rights]]}"""
	from frappe.permissions import rights as kinds

	found = {}
	for doctype in tables():
		rows = frappe.get_meta(doctype).permissions
		found[doctype] = sorted([row.role, row.permlevel, " ".join(kind for kind in kinds if row.get(kind))] for row in rows)
	return found


# {role: (pages, {DocType: where its records are shown})}
OF_ROLE = {
	"Kyodo Organisation Member": (
		("my", "my/proposals", "my/events", "my/support"),
		{
			"Kyodo Proposal": "proposals",
			"Kyodo Project": "projects",
			"Kyodo Report": "reports",
			"Kyodo Evaluation Round": "evaluations",
			"Kyodo Agreement": "agreements",
		},
	),
	"Kyodo Committee Member": (
		("my", "my/meetings", "my/reviews"),
		{"Kyodo Meeting": "meetings", "Kyodo Review": "reviews", "Kyodo Proposal": "proposals"},
	),
	"Kyodo Support Staff": (("my", "my/centre", "my/events"), {"Kyodo Support Case": "centre/cases", "Kyodo Need": "centre/needs"}),
}


def pages() -> dict:
	"""{who and address: status} of public pages and of what is published, and of each login's own pages and records."""
	from portal_client import visit

	found = {}

	def look(user: str, path: str):
		found[f"{user} {path}"] = visit(user, path)[0]

	for path in ("", "proposals", "projects", "organisations", "meetings", "events", "guide", "support", "data"):
		look("Guest", path)
	for doctype, place, filters in (
		("Kyodo Project", "projects", {"published": 1}),
		("Kyodo Event", "events", {"state": "Announced", "audience": "Everybody"}),
	):
		for name in frappe.get_all(doctype, filters, pluck="name", order_by="name", limit=5):
			look("Guest", f"{place}/{name}")
	for role, (paths, shown) in OF_ROLE.items():
		of_role = {"role": role, "parenttype": "User", "parent": ["like", "%@kyodo.example"]}
		for user in frappe.get_all("Has Role", of_role, pluck="parent", order_by="parent", limit=2):
			for path in paths:
				look(user, path)
			for doctype, place in shown.items():
				frappe.set_user(user)
				names = frappe.get_list(doctype, pluck="name", limit=4, order_by="name")
				frappe.set_user("Administrator")
				for name in names:
					look(user, f"my/{place}/{name}")
	return found


def papers() -> dict:
	"""{letter: whether its PDF can be made}"""
	from kyodo_frappe.letters.text import letter_pdf

	names = frappe.get_all("Kyodo Letter", pluck="name", order_by="name")
	by_type = {frappe.db.get_value("Kyodo Letter", name, "letter_type"): name for name in names}
	return {letter_type: letter_pdf(frappe.get_doc("Kyodo Letter", name))[:4] == b"%PDF" for letter_type, name in by_type.items()}


if __name__ == "__main__":
	frappe.init(sys.argv[1], sites_path=".")
	frappe.connect()
	frappe.local.lang = "ja"
	frappe.flags.in_test = True  # pages without a request have no session to keep their token in
	print("FOUND" + json.dumps({command: globals()[command]() for command in sys.argv[2:]}, ensure_ascii=False, default=str))
