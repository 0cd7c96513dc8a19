"""Attempts to learn more than one may about events, questionnaires and self-checks; scripts in pages; harmful files."""

import io
import time
import zipfile

import frappe
import openpyxl
import pytest
from bs4 import BeautifulSoup
from frappe.utils import add_days, nowdate
from portal_client import send, visit

from kyodo_frappe.common import markup, workbooks
from kyodo_frappe.common.errors import RuleViolation, WorkbookNotReadable
from kyodo_frappe.learning import event_keys, questionnaires, self_checks
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.permissions.columns import hidden_fields
from kyodo_frappe.permissions.errors import HTMLNotAllowed

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

EVENT, REGISTRATION, CHECK = "Kyodo Event", "Kyodo Event Registration", "Kyodo Self Check"
EVIL = "花子\r\nBcc: all@evil.example"


@pytest.fixture(autouse=True)
def mails(site, monkeypatch):
	"""The mails that are sent, recorded instead: a developer's site has no mail account."""
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
	yield sent
	frappe.cache.delete_keys("kyodo-mails-of-day")


def announced(town, **more) -> str:
	values = {
		"event_name": "協働入門講座",
		"programme": town.programme,
		"held_on": add_days(nowdate(), 10),
		"begins_at": "18:30",
		"place": "会館",
	}
	name = town.officer.insert({"doctype": EVENT, **values, **more})["name"]
	town.officer.call("kyodo_frappe.learning.events.announce", event=name)
	return name


def registration(event: str, email: str):
	name = frappe.get_all(REGISTRATION, {"event": event, "email": email}, pluck="name", order_by="creation desc, name desc")[0]
	return frappe.get_doc(REGISTRATION, name)


def key(event: str, email: str) -> str:
	return event_keys.make_key(registration(event, email))


def test_link_of_cancelled_registration_opens_nothing(town, mails):
	event = announced(town, capacity=1, waiting_list=0, online_address="https://meet.example.jp/secret")
	with pytest.raises(HTMLNotAllowed):
		event_registrations.request_place(event, "<a href=//evil.example>花子</a>", "a@example.jp")
	event_registrations.request_place(event, EVIL, "a@example.jp")
	old = key(event, "a@example.jp")
	assert "secret" not in visit("Guest", f"registration/{old}")[1], "no place is confirmed yet"
	send("Guest", "learning.actions.confirm_place", key=old)
	assert registration(event, "a@example.jp").state == "Registered"
	assert len(mails) == 2
	for mail in mails:
		assert mail["recipients"] == ["a@example.jp"] and "\n" not in mail["subject"] + mail["args"]["name"]
	send("Guest", "learning.actions.cancel_place", key=old)
	event_registrations.request_place(event, "次郎", "b@example.jp")
	send("Guest", "learning.actions.confirm_place", key=key(event, "b@example.jp"))
	# a cancelled link takes no place, does not show the online address, and differs from that of a new registration
	send("Guest", "learning.actions.confirm_place", key=old)
	assert registration(event, "a@example.jp").state == "Cancelled"
	assert "secret" not in visit("Guest", f"registration/{old}")[1]
	for guess in ("", "0", "%", "*", old[:-1], old.upper(), event_keys.hash_key(old)):
		assert event_registrations.find_by_key(guess) is None
	with pytest.raises(RuleViolation):
		event_registrations.request_place(event, "三郎", "c@example.jp")  # full
	frappe.db.set_value(EVENT, event, "capacity", 2)
	event_registrations.request_place(event, "花子", "a@example.jp")
	assert key(event, "a@example.jp") != old


def test_questionnaire_does_not_reveal_who_has_answered(town):
	event = announced(town, questions=[{"question": "感想", "kind": "Text"}])
	for email in ("a@example.jp", "b@example.jp"):
		event_registrations.request_place(event, "名前", email)
		event_registrations.confirm(key(event, email))
	frappe.db.set_value(EVENT, event, "held_on", nowdate())
	town.officer.call("kyodo_frappe.learning.events.hold", event=event)
	frappe.db.set_value(REGISTRATION, {"event": event}, "modified", "2026-01-01 00:00:00", update_modified=False)
	link = key(event, "b@example.jp")
	for odd in ("²", "9" * 5000, "-1", "1e3"):
		assert send("Guest", "learning.actions.answer_questions", key=link, **{f"answer-{odd}": "x"})[1]["kind"] == "refused"
	assert not frappe.db.exists("Error Log", {"method": "Kyodo portal", "error": ["like", "%int() %"]})
	questionnaires.record_answers(link, {1: "正直に言うと"})
	assert registration(event, "b@example.jp").answered_on
	told = town.officer.call("kyodo_frappe.learning.questionnaires.totals", event=event)
	assert told["answered"] == 1
	with town.officer:
		rows = town.officer.call("kyodo_frappe.learning.registrations.listing", event=event)
		listed = frappe.get_list(REGISTRATION, {"event": event}, ["*"], order_by="name")
	for row in [*rows, *listed]:
		row = {
			field: value for field, value in row.items() if field not in ("name", "email", "key_hash", "idx", "registered_on", "creation")
		}
		assert row.get("answered_on") is None and "正直" not in str(row)
	strip = lambda rows: [{f: row.get(f) for f in ("modified", "modified_by", "state", "attendance", "note")} for row in rows]
	assert strip(listed)[0]["modified"] == strip(listed)[1]["modified"]
	assert {"answered_on", "answers"} <= _hidden(town.officer)


def _hidden(client) -> set[str]:
	with client:
		return hidden_fields(REGISTRATION)


def test_totals_do_not_reveal_marks_of_one_person(town):
	programme = frappe.get_doc("Kyodo Programme", self_checks.current_programme())
	programme.set("self_check_items", [{"code": "O1", "audience": "Both", "item": "項目"}])
	programme.save()
	frappe.db.delete(CHECK, {"programme": programme.name})
	keep = lambda client, mark: client.call("kyodo_frappe.learning.self_checks.keep", audience="Principles", marks={"1": mark})
	try:
		own = keep(town.officer, 1)
		people = [town.manager, town.section_officer, town.representative, town.support, town.editor]
		for client, mark in zip(people, (2, 2, 3, 3, 4), strict=True):
			keep(client, mark)
		look = lambda: town.officer.call("kyodo_frappe.learning.self_checks.totals", audience="Principles")
		before = look()
		assert before["people"] == 5
		# deleting one's own check does not let another person take its place
		town.officer.call("kyodo_frappe.learning.self_checks.delete", check=own)
		assert look() == before
		# a sixth person does not change the totals
		keep(town.viewer, 1)
		assert look() == before
		assert not frappe.db.exists("Deleted Document", {"deleted_doctype": CHECK, "data": ["like", f"%{town.officer.user}%"]})
	finally:
		frappe.clear_document_cache("Kyodo Programme", programme.name)


@pytest.mark.parametrize(
	"text",
	[
		"[x](javascript:alert(1))",
		"[x](JaVaScRiPt&#58;alert(1))",
		"[x](data:text/html,<script>alert(1)</script>)",
		"[x](//evil.example)",
		"[x](/\\evil.example)",
		"[x](vbscript:x)",
		"![x](x onerror=alert(1))",
		'[x](https://a.example" onmouseover="alert(1))',
		'<img src=x onerror=alert(1)><svg/onload=alert(1)><a href="javascript:x">x</a>',
		"<scr<script>ipt>alert(1)</script>",
		"`<script>alert(1)</script>`",
		"<!-- --><script>alert(1)</script>",
		"[x]: javascript:alert(1)\n\n[x]",
		"<javascript:alert(1)>",
		"| <b onclick=x>a</b> |\n|---|\n| <style>*{}</style> |",
	],
)
def test_markup_of_page_contains_no_script(text):
	page = BeautifulSoup(markup.to_html(text), "html.parser")
	for element in page.find_all(True):
		assert element.name in markup.ELEMENTS, element
		assert set(element.attrs) <= {"href", "rel"}, element
		address = element.get("href", "#x")
		assert address.startswith(("https://", "http://", "mailto:", "#")) or (address[0] == "/" and address[1:2] not in ("/", "\\")), (
			element
		)


# -- files ------------------------------------------------------------------------------------------

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
MANY = 300_000


@pytest.mark.parametrize(
	("part", "body"),
	[
		("xl/styles.xml", f"<styleSheet {NS}><cellXfs>{'<xf/>' * MANY}</cellXfs></styleSheet>"),
		("xl/styles.xml", f"<styleSheet {NS}><cellXfs>{'<xf/>' * 30_000}</cellXfs></styleSheet>"),
		("xl/worksheets/sheet1.xml", f"<worksheet {NS}><sheetData><row>{'<c/>' * MANY}</row></sheetData></worksheet>"),
		("xl/worksheets/sheet1.xml", f"<worksheet {NS}>{'<a>' * MANY}{'</a>' * MANY}</worksheet>"),
		("xl/sharedStrings.xml", f"<sst {NS}>{'<si/>' * MANY}</sst>"),
	],
	ids=["styles", "some styles", "one row", "deep", "strings"],
)
def test_excel_file_with_too_many_elements_is_refused_at_once(site, part, body):
	content = _with(part, body.encode())
	assert len(content) < 100_000
	began = time.monotonic()
	with pytest.raises(WorkbookNotReadable, match="様式"):
		workbooks.read(content)
	assert time.monotonic() - began < 1


def test_excel_file_of_600_rows_is_read(site):
	book = openpyxl.Workbook()
	for number in range(600):
		book.active.append([f"事業{number}-{column}" for column in range(24)])
	stream = io.BytesIO()
	book.save(stream)
	read = workbooks.read(stream.getvalue())
	assert len(workbooks.first_rows(read, read.names()[0])) == 600


def _with(part: str, body: bytes) -> bytes:
	plain, stream = io.BytesIO(), io.BytesIO()
	openpyxl.Workbook().save(plain)
	with zipfile.ZipFile(plain) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
		for name in old.namelist():
			if name != part:
				new.writestr(name, old.read(name))
		new.writestr(part, body)
	return stream.getvalue()
