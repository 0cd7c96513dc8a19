"""What records leave beside them when they are saved: written together it is the same as written one by one."""

from contextlib import nullcontext

import frappe
import pytest

from kyodo_frappe.common import audit_trail

PROPOSAL = "Kyodo Proposal"
VERSION_FIELDS = ["ref_doctype", "data", "owner", "modified_by", "docstatus"]
COMMENT_FIELDS = ["comment_type", "comment_email", "content", "reference_doctype", "owner", "modified_by", "docstatus"]


def save(name: str, text: str = "子どもの居場所"):
	"""Save a change as Frappe does outside of tests, with a version."""
	doc = frappe.get_doc(PROPOSAL, name)
	doc.needs = text
	doc.save(ignore_version=False)
	doc.add_comment("Workflow", "受付 & 確認")


def trail(name: str) -> list[list[dict]]:
	return [
		frappe.get_all("Version", {"docname": name}, VERSION_FIELDS, order_by="creation"),
		frappe.get_all("Comment", {"reference_name": name, "comment_type": "Workflow"}, COMMENT_FIELDS, order_by="creation"),
	]


def test_together_it_is_the_same_as_one_by_one(town):
	one, other = town.draft(needs_budget=0), town.draft(needs_budget=0)
	for name, block in ((one, nullcontext()), (other, audit_trail.written_together())):
		with town.representative, block:
			save(name)
			save(name, "高齢者の居場所")
	versions, comments = trail(one)
	assert len(versions) == len(comments) == 2
	assert trail(other) == [versions, comments]


def test_written_at_the_end_and_not_after_a_failure(town):
	name = town.draft(needs_budget=0)
	with audit_trail.written_together():
		with audit_trail.written_together():
			save(name)
		assert trail(name) == [[], []]
	assert [len(rows) for rows in trail(name)] == [1, 1]
	with pytest.raises(ZeroDivisionError), audit_trail.written_together():
		save(name, "失敗")
		raise ZeroDivisionError
	assert [len(rows) for rows in trail(name)] == [1, 1]


def test_what_the_city_wants_to_know_of_is_written_at_once(town):
	name = town.draft(needs_budget=0)
	wanted = {"document_type": "Comment", "event": "New", "subject": "記録", "message": "記録", "message_type": "HTML", "enabled": 0}
	recipients = [{"receiver_by_role": "Kyodo Manager"}]
	frappe.get_doc({"doctype": "Notification", "name": "記録の知らせ", **wanted, "recipients": recipients}).insert(ignore_permissions=True)
	with audit_trail.written_together():
		save(name)
		assert [len(rows) for rows in trail(name)] == [0, 1]


@pytest.mark.parametrize("follower", ["Version", "*"])
def test_what_another_app_wants_to_know_of_is_written_at_once(town, monkeypatch, follower):
	hooks = frappe.get_doc_hooks()
	assert not audit_trail._is_followed("Version")
	known = {event: list(paths) for event, paths in hooks.get(follower, {}).items()}
	known["after_insert"] = [*known.get("after_insert", ()), "citys_audit.note"]
	monkeypatch.setattr(frappe, "get_doc_hooks", lambda: {**hooks, follower: known})
	assert audit_trail._is_followed("Version")
