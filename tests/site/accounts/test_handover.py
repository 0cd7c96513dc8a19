"""Handing over somebody's work, and what the history says afterwards."""

import json

import frappe
import pytest
from frappe.utils import getdate

from kyodo_frappe.accounts import handover
from kyodo_frappe.common import names
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.front import own_calendar
from kyodo_frappe.permissions import overrides

METHODS = "kyodo_frappe.accounts.handover."


def give(client: LocalClient, user: str, rows: list[dict], **more) -> dict:
	return client.call(f"{METHODS}hand_over", user=user, rows=json.dumps(rows), **more)


def rows_of(client: LocalClient, user: str, doctype: str, to: str) -> list[dict]:
	found = client.call(f"{METHODS}work_of", user=user)["rows"]
	return [{**{key: row[key] for key in ("doctype", "name", "place")}, "to": to} for row in found if row["doctype"] == doctype]


def test_places_are_found_in_the_doctypes():
	found = {(place.doctype, place.table, place.field) for place in handover.places()}
	assert ("Kyodo Section", "officers", "user") in found
	assert ("Kyodo Committee", "members", "substitute_user") in found
	assert not any(field.endswith("_by") for _doctype, _table, field in found)  # who did something stays


def test_a_seat_ends_and_the_successor_gets_one(town):
	former, successor = town.members["npo1"].user, town.members["head"].user
	frappe.db.set_value("Kyodo Committee Member", {"parent": town.committee, "user": successor}, "user", None)
	answer = give(town.officer, former, rows_of(town.officer, former, "Kyodo Committee", successor), reason="任期満了")
	assert (answer["moved"], answer["refused"], answer["closed"]) == (1, [], False)
	seats = {row.user: row for row in frappe.get_doc("Kyodo Committee", town.committee).members}
	assert getdate(seats[former].to_date) < getdate() == getdate(seats[successor].from_date)
	assert seats[successor].side == seats[former].side == "Organisation"
	record = frappe.get_doc("Kyodo Handover", answer["handover"])
	assert (record.handed_over_user, record.handed_over_by, record.login_closed) == (former, town.officer.user, 0)
	assert [(row.record_name, row.successor_name) for row in record.lines] == [(town.committee, frappe.utils.get_fullname(successor))]


def test_a_section_goes_only_to_a_section_officer(town):
	former, successor = town.section_officer.user, town.other_section_officer.user
	rows = rows_of(town.officer, former, "Kyodo Section", town.officer.user)
	answer = give(town.officer, former, rows)
	assert (answer["moved"], len(answer["refused"]), answer["handover"]) == (0, 1, None)
	assert town.section in {row["title"] for row in answer["refused"]}
	answer = give(town.officer, former, [{**row, "to": successor} for row in rows])
	officers = frappe.get_doc("Kyodo Section", town.section).officers
	assert answer["moved"] == 1 and [(row.user, row.officer_name) for row in officers] == [
		(successor, frappe.utils.get_fullname(successor))
	]


def test_who_leaves_is_shut_out_and_stays_named(town):
	former, successor = town.other_officer.user, town.officer.user
	frappe.db.delete("Sessions", {"user": former})  # Frappe commits for each session that it ends
	proposal = town.submitted()
	task = {
		"doctype": "ToDo",
		"allocated_to": former,
		"description": "確認",
		"reference_type": "Kyodo Proposal",
		"reference_name": proposal,
	}
	task = frappe.get_doc(task).insert().name
	frappe.get_doc({"doctype": "ToDo", "allocated_to": former, "description": "ほかのアプリの用事"}).insert()  # nobody's here
	frappe.defaults.set_default(former, own_calendar._hash("key"), own_calendar.STORE)
	town.other_officer.act("Kyodo Proposal", proposal, "Receive")
	with pytest.raises(frappe.PermissionError):  # version 15 makes the first officer a System Manager: the second one asks
		give(town.other_officer, town.other_section_officer.user, [], leaving=True)
	assert own_calendar.user_of("key") == former
	rows = rows_of(town.manager, former, "ToDo", successor)
	answer = give(town.manager, former, rows, leaving=True)
	assert (answer["moved"], answer["closed"]) == (1, True)
	assert frappe.db.get_value("ToDo", task, "allocated_to") == successor
	assert not frappe.db.get_value("User", former, "enabled") and own_calendar.user_of("key") is None
	assert not frappe.db.count("DefaultValue", {"parent": own_calendar.STORE, "defkey": former})
	assert frappe.db.get_value("Kyodo Proposal", proposal, "received_by") == former
	assert names.name_of(former) == "事務局 次郎"
	assert give(town.manager, former, rows)["refused"][0]["why"] == "すでに引き継がれています。"


def test_only_the_office_asks(town):
	for client in (town.section_officer, town.representative, town.members["npo1"]):
		with pytest.raises(frappe.PermissionError):
			client.call(f"{METHODS}work_of", user=town.officer.user)
		with pytest.raises(frappe.PermissionError):
			client.call(f"{METHODS}people")
	assert {"user", "name", "roles", "enabled"} <= set(town.officer.call(f"{METHODS}people")[0])


def test_history_names_people_and_nobody_else(town):
	docinfo = {"user_info": {}, "versions": [{"owner": "Guest"}, {"owner": "weg@example.jp"}, {"owner": town.officer.user}]}
	names.name_people(docinfo)
	said = {user: row["fullname"] for user, row in docinfo["user_info"].items()}
	assert said["Guest"] == "ログインなしの来訪者" and said["weg@example.jp"] == "退職などで登録のない人"
	assert said[town.officer.user] == "事務局 太郎"
	assert names.name_of("Administrator") == "自動処理"
	boot = {}
	with town.officer:
		names.extend_bootinfo(boot)
	assert {row["fullname"] for row in boot["user_info"].values()} == {"ログインなしの来訪者", "自動処理"}


def test_link_fields_show_people_by_name_to_the_desk_only(town):
	assert frappe.get_meta("User").show_title_field_in_link
	with town.officer:
		assert overrides.get_link_title("User", town.section_officer.user) == "担当 花子"
	with town.representative:
		assert overrides.get_link_title("User", town.section_officer.user) == town.section_officer.user
