"""Roles of the city that are linked to a role of the app read what it reads, and change nothing (Kyodo Role Link)."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps, people
from kyodo_frappe.demo.clients import LocalClient, RestClient
from kyodo_frappe.permissions import role_links
from kyodo_frappe.permissions.access import matrix
from kyodo_frappe.permissions.errors import AppRoleNotLinkable, SystemRoleNotLinkable, WritingRoleNotLinkable
from kyodo_frappe.permissions.roles import LINKED_RIGHTS, is_portal_user

REFUSALS = (frappe.PermissionError, frappe.ValidationError)
PROPOSAL, PROJECT = "Kyodo Proposal", "Kyodo Project"
AUDITOR = "監査"


@pytest.fixture(scope="module")
def login(cast) -> LocalClient:
	"""The client of `auditor`, committed for the tests of this file."""
	client = a_login(AUDITOR)
	frappe.db.commit()
	yield client
	frappe.db.rollback()
	for doctype, name in (("User", client.user), ("Role", AUDITOR)):
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.db.commit()


@pytest.fixture
def auditor(login, town):
	"""Client of a user with a role of the city only."""
	yield login
	changed = frappe.db.count("Custom DocPerm")  # the permissions of each DocType are read anew then
	frappe.db.rollback()
	if changed:
		frappe.clear_cache()
	frappe.local.kyodo_role_links = None


def a_login(role: str, desk: int = 1) -> LocalClient:
	if not frappe.db.exists("Role", role):
		frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": desk}).insert()
	user = f"{frappe.generate_hash(length=8)}@example.jp"
	doc = frappe.get_doc({"doctype": "User", "email": user, "first_name": role, "send_welcome_email": 0, "roles": [{"role": role}]})
	doc.flags.no_welcome_mail = True
	doc.insert()
	frappe.db.delete("Has Role", {"parent": user, "role": "System Manager"})  # 15.0 gives it to the first of the desk
	frappe.db.set_value("User", user, "user_type", "System User" if desk else "Website User")
	frappe.clear_cache(user=user)
	return LocalClient(user)


def link(kyodo_role: str = "Kyodo Officer", role: str = AUDITOR):
	return frappe.get_doc({"doctype": "Kyodo Role Link", "role": role, "kyodo_role": kyodo_role}).insert()


def listed(client, doctype: str) -> list[str]:
	with client:
		return frappe.get_list(doctype, pluck="name", limit_page_length=0)


# -- reading --------------------------------------------------------------------------------------


def test_role_without_link_opens_nothing(town, auditor):
	proposal = town.submitted()
	for act in (lambda: listed(auditor, PROPOSAL), lambda: auditor.read(PROPOSAL, proposal)):
		with pytest.raises(frappe.PermissionError):
			act()


def test_linked_role_reads_what_the_office_reads(town, auditor):
	proposal, draft, project = town.submitted(), town.draft(), town.project()
	link()
	assert proposal in listed(auditor, PROPOSAL) and draft not in listed(auditor, PROPOSAL)
	assert auditor.read(PROPOSAL, proposal)["title"] == "みんなの食堂"
	assert auditor.read(PROJECT, project)["name"] == project
	with pytest.raises(frappe.PermissionError):
		auditor.read(PROPOSAL, draft)
	with auditor:
		doc = frappe.get_doc(PROJECT, project)
		assert all(doc.has_permission(right) for right in ("read", "print", "report", "export"))
		assert not any(doc.has_permission(right) for right in ("write", "create", "delete", "email", "share"))
		rows = frappe.get_list("Kyodo Indicator", {"parent": project}, pluck="name", parent_doctype=PROJECT)
		assert len(rows) == len(doc.indicators)


def test_linked_role_reads_the_levels_of_the_office(town, auditor):
	frappe.db.set_value("Kyodo Organisation", town.organisation, "phone", "0467-11-2233")
	link()
	with auditor:
		doc = frappe.get_doc("Kyodo Organisation", town.organisation)
		doc.apply_fieldlevel_read_permissions()
		levels = doc.get_permlevel_access("read")
		assert 1 in levels and 1 not in doc.get_permlevel_access("write")


def test_linked_role_can_neither_write_nor_take_steps(town, auditor):
	proposal = town.submitted()
	link()
	for attempt in (
		lambda: auditor.update(PROPOSAL, proposal, {"return_reason": "横から"}),
		lambda: auditor.update(PROPOSAL, proposal, {"workflow_state": "Received"}),
		lambda: auditor.act(PROPOSAL, proposal, "Receive"),
		lambda: auditor.insert({"doctype": "Kyodo Call", "call_name": "x", "programme": town.programme, "call_type": "Open"}),
		lambda: cycle_steps.plan_meeting(auditor, town.committee, "Step 1", [cycle_steps.proposal_item(proposal)]),
	):
		with pytest.raises(REFUSALS):
			attempt()
	with auditor, pytest.raises(frappe.PermissionError):
		frappe.delete_doc(PROPOSAL, proposal)
	assert town.state(PROPOSAL, proposal) == "Submitted"


def test_link_to_a_member_role_opens_public_records_only(town, auditor):
	proposal, project = town.submitted(), town.project()
	link("Kyodo Organisation Member")
	assert listed(auditor, PROPOSAL) == [] and listed(auditor, PROJECT) == []
	call = {
		"call_name": "公開の募集",
		"programme": town.programme,
		"call_type": "Open",
		"fiscal_year": 2026,
		"opens_on": "2026-04-01",
		"closes_on": "2027-03-31",
	}
	shown = frappe.get_doc({"doctype": "Kyodo Call", **call, "published": 1}).insert().name
	hidden = frappe.get_doc({"doctype": "Kyodo Call", **call, "call_name": "準備中", "published": 0}).insert().name
	assert shown in listed(auditor, "Kyodo Call") and hidden not in listed(auditor, "Kyodo Call")
	for doctype, name in ((PROPOSAL, proposal), (PROJECT, project)):
		with pytest.raises(frappe.PermissionError):
			auditor.read(doctype, name)


def test_linked_role_adds_read_access_to_a_portal_user(town, auditor):
	proposal = town.in_step_1()
	link()
	town.give_role(town.outsider, AUDITOR)
	assert proposal in listed(town.outsider, PROPOSAL)
	with pytest.raises(frappe.PermissionError):
		town.outsider.update(PROPOSAL, proposal, {"public_summary": "横から"})


def test_change_and_deletion_of_a_link_take_effect_at_once(town, auditor):
	proposal = town.submitted()
	before = {doctype: _permissions(doctype) for doctype in matrix()}
	made = link("Kyodo Organisation Member")
	assert proposal not in listed(auditor, PROPOSAL)
	made.kyodo_role = "Kyodo Officer"
	made.save()
	assert proposal in listed(auditor, PROPOSAL)
	assert frappe.db.exists("Has Role", {"parent": "Kyodo", "parenttype": "Workspace", "role": AUDITOR})
	made.delete()
	with pytest.raises(frappe.PermissionError):
		listed(auditor, PROPOSAL)
	assert {doctype: _permissions(doctype) for doctype in matrix()} == before
	assert not frappe.db.exists("Custom DocPerm", {"role": AUDITOR})
	assert not frappe.db.exists("Custom DocPerm", {"parent": ["in", list(matrix())]})
	assert not frappe.db.exists("Has Role", {"parenttype": ["in", role_links.SHOWN_BY_ROLE], "role": AUDITOR})


def _permissions(doctype: str) -> list:
	frappe.clear_cache(doctype=doctype)
	rows = frappe.get_meta(doctype).permissions
	rights = ("read", "write", "create", "delete", "submit", "cancel", "amend", "report", "export", "print", "email")
	return sorted((row.role, row.permlevel, *(int(row.get(right) or 0) for right in rights)) for row in rows)


def test_custom_role_permissions_of_the_city_are_kept(town, auditor):
	from frappe.permissions import add_permission, update_permission_property

	add_permission("Kyodo Section", "Kyodo Support Staff")
	update_permission_property("Kyodo Section", "Kyodo Section Officer", 0, "report", 1)
	before = _permissions("Kyodo Section")
	made = link()
	role_links.apply()  # as at each migrate
	assert set(before) < set(_permissions("Kyodo Section"))
	made.delete()
	assert _permissions("Kyodo Section") == before


def test_permissions_of_a_linked_role_are_read_only(town, auditor):
	link("Kyodo Manager")
	rows = frappe.get_all("Custom DocPerm", {"role": AUDITOR}, ["*"])
	assert {row.parent for row in rows} == {doctype for doctype, roles in matrix().items() if "Kyodo Manager" in roles}
	rights = {df.fieldname for df in frappe.get_meta("Custom DocPerm").fields if df.fieldtype == "Check"} - {*LINKED_RIGHTS, "if_owner"}
	assert not [row for row in rows if any(row.get(right) for right in rights)]


# -- the desk and the portal ---------------------------------------------------------------------------


def test_website_user_with_linked_role_is_a_portal_user(town, auditor):
	portal = a_login("住民監査", desk=0)
	assert not is_portal_user(auditor.user)
	link("Kyodo Officer", role="住民監査")
	assert is_portal_user(portal.user)
	assert not is_portal_user(auditor.user)


def test_linked_role_over_http(town, over_rest):
	"""Through the gate: records, lists and functions of the desk, read-only."""
	password = people.new_password()
	role = f"監査{frappe.generate_hash(length=4)}"
	client = a_login(role)
	made = link(role=role)
	proposal = town.submitted()
	try:
		from frappe.utils.password import update_password

		update_password(client.user, password)
		frappe.db.commit()
		rest = RestClient(frappe.local.site, client.user, password)
		assert rest.read(PROPOSAL, proposal)["name"] == proposal
		assert proposal in [row["name"] for row in rest.list(PROPOSAL)]
		assert rest.call("frappe.client.get_count", doctype=PROPOSAL)
		assert (
			rest._request("GET", "/api/method/frappe.desk.form.load.getdoc", None, {"doctype": PROPOSAL, "name": proposal}).status_code
			== 200
		)
		assert rest._request("PUT", f"/api/resource/{PROPOSAL}/{proposal}", {"workflow_state": "Received"}, None).status_code == 403
		assert rest._request("DELETE", f"/api/resource/{PROPOSAL}/{proposal}", None, None).status_code == 403
	finally:
		made.reload()
		made.delete()
		for doctype, name in ((PROPOSAL, proposal), ("User", client.user), ("Role", role)):
			frappe.db.set_value(PROPOSAL, proposal, "workflow_state", "Draft") if doctype == PROPOSAL else None
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
		frappe.db.commit()
		frappe.clear_cache()
		frappe.local.kyodo_role_links = None


def test_table_for_administrators_contains_the_link(town, auditor):
	assert role_links.as_markdown() == ""
	link()
	frappe.local.lang = "ja"
	assert f"| {AUDITOR} | " in role_links.as_markdown() and "事務局" in role_links.as_markdown()


# -- refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Kyodo Officer", "Kyodo Organisation Member"])
def test_role_of_the_app_cannot_be_linked(town, auditor, role):
	with pytest.raises(AppRoleNotLinkable):
		link(role=role)


@pytest.mark.parametrize("role", ["All", "Guest", "System Manager", "Administrator"])
def test_system_role_cannot_be_linked(town, auditor, role):
	with pytest.raises(SystemRoleNotLinkable):
		link(role=role)


def test_writing_role_cannot_be_linked(town, auditor):
	from frappe.permissions import add_permission

	add_permission(PROJECT, AUDITOR, ptype="write")
	frappe.clear_cache(doctype=PROJECT)
	with pytest.raises(WritingRoleNotLinkable, match=frappe._(PROJECT)):
		link()


def test_only_the_manager_links_roles(town, auditor):
	for client in (town.officer, town.section_officer, town.representative, town.support):
		with pytest.raises(frappe.PermissionError):
			client.insert({"doctype": "Kyodo Role Link", "role": AUDITOR, "kyodo_role": "Kyodo Officer"})
	town.manager.insert({"doctype": "Kyodo Role Link", "role": AUDITOR, "kyodo_role": "Kyodo Officer"})
