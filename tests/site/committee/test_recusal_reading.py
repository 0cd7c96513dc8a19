"""Who steps aside for an item reads neither its proposal before it is public nor the attachments."""

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import visit

from kyodo_frappe.common.file_types import content_of

from .test_deliberation import allow_substitutes, item_of, make_chair

RULE = "kyodo_frappe.committee.interests.rule"


def attached(town, proposal: str):
	"""An attachment of the proposal, whose bytes the other proposals of the test have, too."""
	file = {"doctype": "File", "file_name": f"{frappe.generate_hash(length=8)}.txt", "content": b"secret of the proposal", "is_private": 1}
	return frappe.get_doc({**file, "attached_to_doctype": "Kyodo Proposal", "attached_to_name": proposal}).insert(ignore_permissions=True)


def reads(client, proposal: str, file) -> set[str]:
	"""By which ways a member comes to see a proposal or its attachment."""
	ways = set()
	with client:
		if frappe.get_doc("Kyodo Proposal", proposal).has_permission("read"):
			ways.add("record")
		if frappe.get_list("Kyodo Proposal", {"name": proposal}):
			ways.add("list")
		if frappe.get_doc("File", file.name).has_permission("read"):
			ways.add("file")
		if frappe.get_list("File", {"name": file.name}):
			ways.add("files")
		if _downloads(file):
			ways.add("download")
	status, page = visit(client.user, f"my/proposals/{proposal}")
	return ways | ({"page"} if status == 200 and "みんなの食堂" in page else set())


def _downloads(file) -> bool:
	"""Whether Frappe would send the file to the user, as it decides for /private/files."""
	others = frappe.get_all("File", {"file_url": file.file_url}, pluck="name", order_by="name")
	return any(frappe.get_doc("File", name).has_permission("read") for name in others)


ALL = {"record", "list", "file", "download", "page"}


def test_member_reads_until_stepping_aside_and_again_after_an_overruling(town):
	proposal, other = town.in_step_1(), town.in_step_1()
	file, open_file = attached(town, proposal), attached(town, other)
	assert content_of(file) == content_of(open_file)
	meeting = town.meeting(proposal, other)
	member = town.members["npo2"]
	assert reads(member, proposal, file) >= ALL
	item = item_of(meeting, proposal)
	member.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason="兄が会計をしている")
	assert reads(member, proposal, file) == set()
	assert reads(member, other, open_file) >= ALL and reads(town.members["npo1"], proposal, file) >= ALL
	page = visit(member.user, f"my/meetings/{meeting}")[1]
	assert f"/kyodo/my/proposals/{other}" in page and f"/kyodo/my/proposals/{proposal}" not in page, "no way that leads nowhere"
	make_chair(town)
	ruling = {"meeting": meeting, "agenda_item": item, "user": member.user}
	town.members["npo1"].call(RULE, ruling="Overruled", reason="別居の兄で、関与がない", **ruling)
	assert reads(member, proposal, file) >= ALL


def test_declaration_holds_when_the_meeting_is_cancelled(town):
	proposal = town.in_step_1()
	file = attached(town, proposal)
	meeting = town.meeting(proposal)
	member = town.members["npo2"]
	item = item_of(meeting, proposal)
	member.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason="兄が会計をしている")
	frappe.db.set_value("Kyodo Meeting", meeting, "workflow_state", "Cancelled")
	town.meeting(proposal)
	assert reads(member, proposal, file) == set()


@pytest.mark.parametrize("ended", (None, 0, -5))
def test_relation_holds_also_where_a_substitute_sits(town, ended):
	proposal = town.in_step_1()
	file = attached(town, proposal)
	member = town.members["npo1"]
	with member:
		relation = {"doctype": "Kyodo Interest", "member": member.user, "programme": town.programme, "relation": "Staff"}
		name = frappe.get_doc({**relation, "organisation": town.organisation}).insert().name
	if ended is not None:
		frappe.db.set_value("Kyodo Interest", name, "ended_on", add_days(nowdate(), ended))
	allow_substitutes(town, "npo1", town.outsider.user)
	town.meeting(proposal)
	found = reads(member, proposal, file)
	assert found >= ALL if ended == -5 else found == set(), found
