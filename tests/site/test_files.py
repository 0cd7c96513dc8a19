"""Attachments: private whatever the uploader says, and as readable as the record they hang on."""

import frappe
import pytest

from kyodo_frappe.services.files import content_of


def attach(door, doctype: str, name: str, content: bytes = b"secret", **more):
	return door.insert(
		{
			"doctype": "File",
			"file_name": "名簿.txt",
			"attached_to_doctype": doctype,
			"attached_to_name": name,
			"content": content,
			"is_private": 0,
			**more,
		}
	)


def test_an_attachment_becomes_private(town):
	draft = town.draft()
	for content in (b"first", b"second"):  # the second has the name of the first
		file = frappe.get_doc("File", attach(town.representative, "Kyodo Proposal", draft, content)["name"])
		assert (file.is_private, file.file_url[:15]) == (1, "/private/files/")
		assert content_of(file) == content


def test_it_cannot_be_made_public_again(town):
	draft = town.draft()
	file = frappe.get_doc("File", attach(town.representative, "Kyodo Proposal", draft)["name"])
	file.is_private = 0
	file.save()
	file.reload()
	assert file.is_private == 1


def test_its_right_follows_the_record(town):
	draft = town.draft()
	name = attach(town.representative, "Kyodo Proposal", draft)["name"]
	with town.editor:
		frappe.get_doc("File", name).check_permission("read")
	for door in (town.outsider, town.officer, town.section_officer, town.guest):
		with door, pytest.raises(frappe.PermissionError):
			frappe.get_doc("File", name).check_permission("read")


def test_a_file_of_a_form_not_yet_saved_hangs_on_the_record_once_it_is(town):
	kind = "Kyodo Organisation Import"
	content = "団体名\nあたらしい会\n".encode()
	loose = attach(town.officer, kind, "new-kyodo-organisation-import-abc", content, file_name="一覧.csv")
	file = frappe.get_doc("File", loose["name"])
	assert (file.attached_to_name, file.is_private) == (None, 1)
	made = town.officer.insert({"doctype": kind, "programme": town.programme, "source_file": file.file_url})["name"]
	hanging = frappe.get_all("File", {"attached_to_doctype": kind, "attached_to_name": made}, pluck="is_private", order_by="name")
	assert hanging == [1]
	with town.outsider, pytest.raises(frappe.PermissionError):
		frappe.get_doc("File", loose["name"]).check_permission("read")
