"""Attachments are private whatever the client sends, and as readable as their record."""

import base64
import contextlib
from pathlib import Path

import frappe
import pytest

from kyodo_frappe.common.errors import FileNotAccepted
from kyodo_frappe.common.file_types import content_of
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.permissions.errors import UnsafePublicFile


def attach(client, doctype: str, name: str, content: bytes = b"secret", **more):
	return client.insert(
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


def test_attachment_becomes_private(town):
	draft = town.draft()
	for content in (b"first", b"second"):  # the second has the name of the first
		file = frappe.get_doc("File", attach(town.representative, "Kyodo Proposal", draft, content)["name"])
		assert (file.is_private, file.file_url[:15]) == (1, "/private/files/")
		assert content_of(file) == content


def test_attachment_cannot_be_made_public_again(town):
	draft = town.draft()
	file = frappe.get_doc("File", attach(town.representative, "Kyodo Proposal", draft)["name"])
	file.is_private = 0
	file.save()
	file.reload()
	assert file.is_private == 1


def test_attachment_is_as_readable_as_its_record(town):
	draft = town.draft()
	name = attach(town.representative, "Kyodo Proposal", draft)["name"]
	with town.editor:
		frappe.get_doc("File", name).check_permission("read")
	for client in (town.outsider, town.officer, town.section_officer, town.guest):
		with client, pytest.raises(frappe.PermissionError):
			frappe.get_doc("File", name).check_permission("read")


def test_file_is_as_readable_as_its_field(town):
	"""The list of members: every section may read the organisation, but not its members."""
	organisation = town.organisation
	file = attach(town.representative, "Kyodo Organisation", organisation)
	frappe.db.set_value("Kyodo Organisation", organisation, "members_attachment", file["file_url"])

	def check_readers():
		read, listed = set(), set()
		for key in ("viewer", "officer", "manager", "section_officer", "support", "outsider"):
			with getattr(town, key):
				if frappe.get_list("File", {"name": file["name"]}, pluck="name"):
					listed.add(key)
				if frappe.get_doc("File", file["name"]).has_permission("read"):
					read.add(key)
		assert read == {"viewer", "officer", "manager"}
		assert {"officer", "manager"} <= listed <= read  # later versions of Frappe list to portal users what they own

	check_readers()
	frappe.db.set_value("Kyodo Organisation", organisation, "members_attachment", None)  # the file still hangs there
	check_readers()


def test_file_of_an_unsaved_form_is_attached_on_save(town):
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


def test_attachments_of_equal_content_keep_their_own_names_and_files(town):
	draft, other = town.draft(), town.draft()
	content = frappe.generate_hash(length=20).encode()
	stamp = frappe.generate_hash(length=6)
	sent = [(draft, f"見積書{stamp}.txt"), (draft, f"請求書{stamp}.txt"), (other, f"領収書{stamp}.txt"), (other, f"見積書{stamp}.txt")]
	files = []
	for record, filename in sent:
		made = attach(town.representative, "Kyodo Proposal", record, content, file_name=filename)
		files.append(frappe.get_doc("File", made["name"]))
	assert [file.file_name for file in files] == [filename for _record, filename in sent]
	assert len({file.file_url for file in files}) == 4
	for file in files[:3]:
		assert file.file_url == f"/private/files/{file.file_name}"
	assert {content_of(file) for file in files} == {content}
	# the fourth has the name of the first, which another content would have, too
	made = attach(town.representative, "Kyodo Proposal", draft, b"other" + content, file_name=sent[0][1])
	fifth = frappe.get_doc("File", made["name"])
	assert fifth.file_name == sent[0][1] and fifth.file_url not in {file.file_url for file in files}
	assert content_of(fifth) == b"other" + content


def test_deleted_attachment_goes_and_one_of_equal_content_stays(town, monkeypatch):
	draft = town.draft()
	content = frappe.generate_hash(length=20).encode()
	first, second = (
		frappe.get_doc("File", attach(town.representative, "Kyodo Proposal", draft, content, file_name=f"{name}.txt")["name"])
		for name in (frappe.generate_hash(length=8), frappe.generate_hash(length=8))
	)
	after_commit = type(frappe.db.after_commit)()
	monkeypatch.setattr(frappe.db, "after_commit", after_commit)
	path = first.get_full_path()
	with town.representative:
		frappe.delete_doc("File", first.name)
	after_commit.run()
	assert not Path(path).exists()
	assert content_of(second) == content


def test_file_of_equal_content_of_an_unsaved_form_keeps_its_name(town):
	kind, content = "Kyodo Organisation Import", f"団体名\n{frappe.generate_hash(length=8)}会\n".encode()
	names = [f"{frappe.generate_hash(length=8)}.csv" for _number in range(2)]
	loose = [
		frappe.get_doc("File", attach(town.officer, kind, "new-kyodo-organisation-import-abc", content, file_name=name)["name"])
		for name in names
	]
	assert [file.file_url for file in loose] == [f"/private/files/{name}" for name in names]


PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
HTML = b"<html><script>alert(1)</script></html>"


def public(client, filename: str, content: bytes):
	return client.insert({"doctype": "File", "file_name": filename, "content": content, "is_private": 0})


def test_only_the_office_may_publish_a_file(town):
	for client, is_private in ((town.representative, 1), (town.members["npo1"], 1), (town.section_officer, 1), (town.officer, 0)):
		file = frappe.get_doc("File", public(client, f"{frappe.generate_hash(length=6)}.png", PICTURE)["name"])
		assert file.is_private == is_private, client.user
		assert file.file_url.startswith("/private/files/" if is_private else "/files/"), client.user
		if is_private:
			assert client.update("File", file.name, {"is_private": 0})["is_private"] == 1


@pytest.mark.parametrize("filename", ("x.html", "x.SVG", "x.xhtml", "x.htm", "x.js", "x.png", "x.pdf", "x.txt", "x"))
def test_executable_file_cannot_be_public(town, filename):
	"""The content counts, not the name. `other_officer`, because Frappe 15 makes the first desk user a trusted System Manager."""
	with pytest.raises(UnsafePublicFile):
		public(town.other_officer, filename, HTML)
	loose = town.other_officer.insert({"doctype": "File", "file_name": "y.txt", "content": HTML, "is_private": 1})
	with pytest.raises(UnsafePublicFile):
		town.other_officer.update("File", loose["name"], {"is_private": 0})
	assert frappe.db.get_value("File", loose["name"], "is_private") == 1


@pytest.mark.parametrize("filename", ("x.html", "x.SVG", "x.xhtml", "x.js"))
def test_portal_users_cannot_upload_executable_types(town, filename):
	for is_private in (0, 1):
		with pytest.raises(FileNotAccepted):
			town.representative.insert({"doctype": "File", "file_name": filename, "content": HTML, "is_private": is_private})


def test_all_upload_functions_keep_portal_files_private(rest_town):
	town = rest_town
	client, name = town.over_rest(town.representative), f"{frappe.generate_hash(length=6)}.png"
	file = {"filename": name, "filedata": base64.b64encode(PICTURE).decode(), "is_private": 0}
	acts = (
		lambda: client.call("frappe.client.attach_file", **file, decode_base64=1, doctype="User", docname=client.user),
		lambda: client.call("upload_file", file_name=name, is_private=0, file_url=f"/files/{name}"),
		lambda: client.insert({"doctype": "File", "file_name": name, "content": PICTURE.decode("latin-1"), "is_private": 0}),
	)
	for act in acts:
		with contextlib.suppress(Refused):
			act()
	frappe.db.rollback()
	assert not frappe.get_all("File", {"file_name": name, "is_private": 0}, order_by="name")
