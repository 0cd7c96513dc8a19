"""The search of the desk: what it finds, in every spelling, and that nobody finds what they may not open."""

import frappe
import pytest
from frappe.utils import nowdate

from kyodo_frappe.common import fulltext
from kyodo_frappe.front.desk_search_kinds import KINDS, SEARCHED, level_of, texts_of
from kyodo_frappe.rules.search_text import words_of

PROPOSAL = "Kyodo Proposal"


@pytest.fixture
def saved(tmp_path, monkeypatch):
	monkeypatch.setattr(fulltext, "_path", lambda of: str(tmp_path / f"{of}.sqlite3"))
	fulltext.forget_changes()
	return fulltext._index_waiting


def find(client, text: str, **more) -> list[str]:
	frappe.local.lang = "ja"
	return [row["name"] for row in client.call("kyodo_frappe.front.desk_search.find", text=text, **more)["rows"]]


def changed(doctype: str, name: str, **values):
	frappe.get_doc(doctype, name).db_set(values)


def test_records_are_found_by_title_number_and_every_spelling(town, saved):
	name = town.submitted()
	changed(PROPOSAL, name, title="髙橋さんとｶﾞｲﾄﾞの防災講座", plan="倉庫の鍵は裏口にあります。")
	saved()
	row = town.officer.call("kyodo_frappe.front.desk_search.find", text="高橋さんとガイドの防災講座")["rows"][0]
	assert (
		row["name"] == name and row["doctype"] == PROPOSAL and ("".join(part for part, _asked in row["title"]) == "髙橋さんとｶﾞｲﾄﾞの防災講座")
	)
	for asked in (name, name.lower(), "高橋 がいど", "防災講座", "裏口"):
		assert find(town.officer, asked)[:1] == [name], asked
	talk = {"doctype": "Kyodo Consultation", "proposal": name, "kind": "Section Talk", "held_on": nowdate(), "summary": "話"}
	frappe.get_doc({**talk, "section": town.section}).insert()
	saved()
	assert find(town.officer, "髙橋さんとガイドの防災講座")[0] == name, "the proposal before what is about it"
	assert not find(town.officer, "高橋 どこにもない言葉") and not find(town.officer, "")
	answer = town.officer.call("kyodo_frappe.front.desk_search.find", text="あ")
	assert answer == {"rows": [], "more": False, "short": True}


def test_meetings_letters_and_people_are_found(town, saved):
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	changed("Kyodo Meeting", meeting, minutes="蛍の光を合唱した。")
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	committee.members[0].db_set("member_name", "鶴岡 ふみ")
	fulltext.changed("Kyodo Committee", [town.committee])
	letter = frappe.get_all("Kyodo Letter", {"proposal": proposal}, ["name", "letter_number", "subject"], order_by="name")[0]
	changed("Kyodo Letter", letter.name, subject="受理した旨のお知らせ")
	saved()
	assert find(town.officer, "蛍の光") == [meeting]
	frappe.db.set_value("Kyodo Meeting", meeting, "workflow_state", "Published")
	assert not find(town.section_officer, "蛍の光"), "a section reads the meeting, not the minutes as they were taken down"
	assert find(town.officer, "鶴岡ふみ") == [town.committee]
	assert letter.name in find(town.officer, "受理した旨")


def test_nobody_finds_what_they_may_not_open(town, saved):
	word = "ひみつの水車小屋"
	draft, own = town.draft(), town.submitted()
	changed(PROPOSAL, draft, title=word)
	changed(PROPOSAL, own, title=word)
	saved()
	assert find(town.officer, word) == [own], "a draft belongs to its authors"
	assert find(town.section_officer, word) == [own] and not find(town.other_section_officer, word)
	assert not fulltext.search(words_of(word), {}).count, "the public finds nothing that is not published"
	assert fulltext.search(words_of(word), {}, of=fulltext.DESK).count == 2
	for client in (town.representative, town.members["npo1"], town.support, town.guest):
		with pytest.raises(frappe.PermissionError):
			find(client, word)
	changed(PROPOSAL, own, title="別の題")
	saved()
	assert not find(town.officer, word)


def test_one_who_has_stepped_aside_does_not_find_it(town, saved):
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	changed(PROPOSAL, proposal, title="ひみつの水車小屋")
	saved()
	member = town.members["city1"]
	town.give_role(member, "Kyodo Section Officer")
	assert find(member, "水車小屋") == [proposal]
	item = frappe.db.get_value("Kyodo Agenda Item", {"parent": meeting, "proposal": proposal})
	recusal = {"doctype": "Kyodo Recusal", "parenttype": "Kyodo Meeting", "parentfield": "recusals", "parent": meeting}
	frappe.get_doc({**recusal, "agenda_item": item, "user": member.user, "source": "Declared", "reason": "親族"}).db_insert()
	assert not find(member, "水車小屋")


def test_what_is_closed_does_not_hide_what_is_open(town, saved, monkeypatch):
	from kyodo_frappe.front import desk_search

	monkeypatch.setattr(desk_search, "BATCH", 2)
	word = "水車小屋"
	names = [town.submitted() for _each in range(2)]
	for name in names:
		changed(PROPOSAL, name, title=word)
	source = frappe.get_doc(PROPOSAL, names[0])
	closed = []
	for number in range(5):
		copy = frappe.copy_doc(source)
		copy.name, copy.section, copy.workflow_state, copy.submitted_on = f"{names[0]}-{number}", town.other_section, "Submitted", nowdate()
		copy.db_insert()
		closed.append(copy.name)
	fulltext.changed(PROPOSAL, closed)
	saved()
	assert sorted(find(town.section_officer, word)) == sorted(names)
	assert sorted(find(town.other_section_officer, word)) == sorted(closed)


def test_what_is_searched_is_what_every_reader_may_read(site):
	assert {level_of(kind.name) for kind in KINDS} == {0, 1} and len({kind.name for kind in KINDS}) == len(KINDS)
	for doctype, (day, tables) in SEARCHED.items():
		meta = frappe.get_meta(doctype)
		assert meta.has_field(day) or day in ("creation", "modified"), doctype
		assert texts_of(meta) and all(not meta.get_field(name).permlevel for name in texts_of(meta)), doctype
		assert all(meta.get_field(table).fieldtype == "Table" for table in tables), doctype
