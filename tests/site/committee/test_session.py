"""The session page: state, changes of several users, repeated and late requests, permissions."""

import json

import frappe
import pytest

from kyodo_frappe.committee.errors import MeetingOver
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.rules import merge

from ..workflows.test_at_once import at_once
from .test_deliberation import ALL, proposal_in_step, row_of
from .test_deliberation import session as in_session

SERVICE = "kyodo_frappe.committee.session"


class Page:
	"""The session page as used by an officer's browser."""

	def __init__(self, client, meeting: str):
		self.client, self.meeting = client, meeting
		self.look()

	def look(self):
		self.data = self.client.call(f"{SERVICE}.state", meeting=self.meeting)
		return self

	def row(self, table: str, number: int = 0) -> dict:
		return self.data["meeting"] if not table else self.data[{"agenda": "items"}.get(table, table)][number]

	def change(self, table: str, field: str, value: str, number: int = 0, **more) -> dict:
		row = self.row(table, number)
		name = row["name"] if table else ""
		return {"key": field, "table": table, "row": name, "field": field, "value": value, "was": row[field], **more}

	def send(self, *changes: dict) -> dict:
		return self.client.call(f"{SERVICE}.note", meeting=self.meeting, changes=list(changes))

	def write(self, table: str, field: str, value: str, number: int = 0, **more) -> dict:
		return self.send(self.change(table, field, value, number, **more))


@pytest.fixture
def page(town, walk_once):
	return Page(town.officer, walk_once(lambda: in_session(town, proposal_in_step(town), proposal_in_step(town))))


def stored(page: Page, table: str, field: str, number: int = 0):
	doc = frappe.get_doc("Kyodo Meeting", page.meeting)
	return (doc.get(table)[number] if table else doc).get(field)


# -- state ---------------------------------------------------------------------------


def test_state_contains_the_whole_meeting(town, page):
	item = page.data["items"][0]
	assert item["proposal"]["organisation_name"] == "みんなの食卓の会"
	assert (item["quorum"]["present"], item["quorum"]["needed"], item["quorum"]["met"]) == (4, 3, True)
	assert (item["balance"]["organisation"], item["balance"]["city"], item["balance"]["met"]) == (2, 2, True)
	assert item["results"] == ["Passed to Step 2", "Not Adopted"], "the programme decides in two steps"
	assert item["marks"]["sheets"] == 4 and "average" not in item["marks"], "marks are hidden until they are released"
	criteria = page.data["items"][0]["criteria"]
	assert [row["code"] for row in criteria] and criteria[0]["question"]
	assert page.data["room"] == {
		"present": 4,
		"members": 4,
		"balance": {"city": 2, "organisation": 2, "others": 0, "met": True},
	}
	assert page.data["meeting"]["day"].startswith("令和")
	cycle_steps.decide(town.officer, page.meeting, item["proposal"]["name"], "Passed to Step 2", advice="担い手を増やすこと。")
	decision = page.look().data["items"][0]["decision"]
	assert (decision["result"], decision["advice"]) == ("Passed to Step 2", "担い手を増やすこと。")
	cycle_steps.decide(town.officer, page.meeting, item["proposal"]["name"], "Passed to Step 2", seen=decision["modified"])


def test_state_contains_summary_of_released_marks(town, page):
	proposal = page.data["items"][0]["proposal"]["name"]
	for key in ALL[:2]:
		review = frappe.db.get_value("Kyodo Review", {"proposal": proposal, "member": town.members[key].user})
		codes = [row.criterion for row in frappe.get_doc("Kyodo Review", review).marks]
		cycle_steps.mark(town.members[key], review, dict.fromkeys(codes, "○"))
	assert page.look().data["items"][0]["marks"]["submitted"] == 2
	town.officer.call("kyodo_frappe.committee.reviews.close_marking", meeting=page.meeting)
	marks = page.look().data["items"][0]["marks"]
	assert (marks["average"], marks["spread"], marks["released"]) == (100, 0, 2)
	assert page.data["items"][1]["marks"]["released"] == 0


def test_unchanged_state_returns_token_only(town, page):
	token = page.data["token"]
	look = lambda: town.other_officer.call(f"{SERVICE}.state", meeting=page.meeting, known=token)
	assert look() == {"token": token}
	item = page.data["items"][0]
	for act in (
		lambda: page.write("agenda", "notes", "発言"),
		lambda: cycle_steps.decide(town.officer, page.meeting, item["proposal"]["name"], "Passed to Step 2"),
		lambda: on_item(town.officer, page, "committee.deliberation.drop_decision"),
		lambda: on_item(town.members["npo1"], page, "committee.interests.declare", reason="家族が役員である。"),
		lambda: on_item(town.officer, page, "committee.interests.rule", user=town.members["npo1"].user, ruling="Confirmed"),
	):
		act()
		found = look()
		assert found["token"] != token and found["items"]
		token = found["token"]


def on_item(client, page: Page, method: str, **args):
	"""Call a function about the first item."""
	item = page.data["items"][0]["name"]
	return client.call(f"kyodo_frappe.{method}", meeting=page.meeting, agenda_item=item, **args)


def test_number_of_queries_is_independent_of_agenda(town, monkeypatch):
	meeting = in_session(town, proposal_in_step(town), proposal_in_step(town))
	counted = {}
	for items in (5, 60):
		_fill_up(meeting, items)
		page = Page(town.officer, meeting)
		assert len(page.data["items"]) == items
		page.write("agenda", "notes", "最初の発言", 0)  # creates the Version that the next change extends, and fills caches
		counted[items] = (
			_queries(monkeypatch, page.look),
			_queries(monkeypatch, lambda page=page, items=items: page.write("agenda", "notes", f"発言{items}", items - 1)),
		)
	assert all(many <= few < 25 for few, many in zip(counted[5], counted[60], strict=True)), counted


def _fill_up(meeting: str, items: int):
	"""Insert proposals and their agenda items directly."""
	first = frappe.get_doc("Kyodo Meeting", meeting).agenda[0]
	for number in range(frappe.db.count("Kyodo Agenda Item", {"parent": meeting}) + 1, items + 1):
		proposal = frappe.copy_doc(frappe.get_doc("Kyodo Proposal", first.proposal))
		proposal.update({"name": f"{first.proposal}-{number}", "workflow_state": "Step 1"}).db_insert()
		row = frappe.copy_doc(first)
		row.update({"name": frappe.generate_hash(length=10), "parent": meeting, "idx": number, "proposal": proposal.name})
		row.db_insert()


def _queries(monkeypatch, work) -> int:
	asked, sql = [], frappe.db.sql
	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "sql", lambda query, *a, **k: asked.append(query) or sql(query, *a, **k))
		work()
	return len(asked)


# -- changes -------------------------------------------------------------------------


KEPT = (
	("agenda", "called_at", "１８時４７分", "18:47"),
	("agenda", "notes", "一行目\n二行目", "一行目\n二行目"),
	("agenda", "hearing", "提案者から説明があった。", "提案者から説明があった。"),
	("agenda", "votes_for", "３", 3),
	("agenda", "chair_vote", "For", "For"),
	("agenda", "postponed", "1", 1),
	("agenda", "legal_ground", "情報公開条例第7条", "情報公開条例第7条"),
	("attendance", "present", "", 0),
	("attendance", "left_at", "20:15", "20:15"),
	("", "observers", "１２", 12),
	("", "chair_name", "委員 よしこ", "委員 よしこ"),
)


def test_values_are_saved_as_by_the_form(page):
	answer = page.send(*(page.change(table, field, typed) for table, field, typed, _kept in KEPT))
	assert answer["done"] == [field for _table, field, _typed, _kept in KEPT]
	assert [stored(page, table, field) for table, field, *_ in KEPT] == [kept for *_, kept in KEPT]


def test_guest_is_approved_and_marked_as_attended(town, page):
	town.officer.call(f"{SERVICE}.add_row", meeting=page.meeting, table="guests", key="g", values={"guest_name": "提案者"})
	page.look()
	answer = page.send(page.change("guests", "approved", "1"), page.change("guests", "attended", "1"))
	assert answer["done"] == ["approved", "attended"]
	assert (stored(page, "guests", "approved"), stored(page, "guests", "attended")) == (1, 1)


REFUSED = (
	("agenda", "called_at", "夕方", "時刻"),
	("agenda", "votes_for", "-1", "0"),
	("agenda", "votes_for", "多数", "数字として読み取れません"),
	("agenda", "votes_against", "9" * 20, "大きすぎ"),
	("agenda", "chair_vote", "Maybe", "選"),
	("agenda", "notes", "<script>alert(1)</script>", "HTML"),
	("agenda", "notes", "あ" * 30000, "長すぎ"),
	("agenda", "legal_ground", "条" * 141, "長すぎ"),
	("attendance", "arrived_at", "25:00", "時刻"),
	("attendance", "substitute_name", "代理 良子", "代理出席を認めていません"),
	("", "observers", "-3", "0"),
)


def test_invalid_value_returns_problem_and_others_are_saved(page):
	for number, (table, field, typed, sentence) in enumerate(REFUSED):
		before, other = stored(page, table, field), f"説明{number}"
		answer = page.look().send(page.change(table, field, typed), page.change("agenda", "hearing", other, key="other"))
		assert sentence in answer["problems"][field], (field, typed)
		assert answer["done"] == ["other"]
		assert (stored(page, table, field), stored(page, "agenda", "hearing")) == (before, other)
		assert not frappe.local.message_log


def test_leaving_before_arriving_is_a_problem(page):
	assert page.write("attendance", "arrived_at", "19:00")["done"]
	page.look()
	answer = page.send(page.change("attendance", "left_at", "18:00"), page.change("attendance", "present", ""))
	assert "先に" in answer["problems"]["left_at"] or "前" in answer["problems"]["left_at"]
	assert answer["done"] == ["present"]
	assert (stored(page, "attendance", "arrived_at"), stored(page, "attendance", "left_at")) == ("19:00", None)
	both = [page.change("attendance", "arrived_at", "20:00"), page.change("attendance", "left_at", "21:00")]
	assert page.send(*both)["done"] == ["arrived_at", "left_at"], "both times are valid together"


def test_reversed_times_in_the_database_do_not_break_the_page(town, page):
	row = page.data["attendance"][0]["name"]
	frappe.db.set_value("Kyodo Attendance", row, {"arrived_at": "19:00", "left_at": "18:00"})
	item = page.look().data["items"][0]
	assert not item["quorum"]["met"] and page.data["attendance"][0]["member_name"] in item["quorum"]["reason"]
	page.write("attendance", "left_at", "")
	assert page.look().data["items"][0]["quorum"]["met"]


def test_quorum_and_balance_are_counted_per_item(page):
	page.write("agenda", "called_at", "18:40")
	page.write("agenda", "called_at", "19:40", 1)
	names = [page.data["items"][number]["name"] for number in (0, 1)]
	answer = page.send(*(page.change("attendance", "left_at", "19:00", number, key=str(number)) for number in (0, 1)))
	assert [answer["items"][name]["quorum"]["met"] for name in names] == [True, False]
	assert [answer["items"][name]["quorum"]["present"] for name in names] == [4, 2]
	assert not answer["items"][names[1]]["balance"]["met"], "one side has left"
	assert answer["room"]["present"] == 2


NOT_SENT = (
	"no list",
	["x"],
	[{}] * 501,
	[{"key": "k", "table": "agenda", "row": "x", "field": "result", "value": "Adopted"}],
	[{"key": "k", "table": "attendance", "row": "x", "field": "user", "value": "Administrator"}],
	[{"key": "k", "table": "", "row": "", "field": "workflow_state", "value": "Closed"}],
	[{"key": "k", "table": "recusals", "row": "x", "field": "ruling", "value": "Overruled"}],
)


def test_invalid_changes_are_refused(page):
	before = stored(page, "", "modified")
	for changes in NOT_SENT:
		with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
			page.client.call(f"{SERVICE}.note", meeting=page.meeting, changes=changes)
	assert stored(page, "", "modified") == before


def test_row_of_another_meeting_is_a_problem(town, page):
	other = Page(town.officer, in_session(town, proposal_in_step(town)))
	answer = page.send({**other.change("agenda", "notes", "よその会議"), "was": ""})
	assert "もうありません" in answer["problems"]["notes"]
	assert not stored(other, "agenda", "notes")


# -- concurrent and repeated changes ---------------------------------------------------------------------


def test_changes_of_two_officers_in_different_places_are_saved(town, page):
	other = Page(town.other_officer, page.meeting)
	assert page.write("agenda", "notes", "甲の記録")["done"]
	assert other.write("agenda", "hearing", "乙の記録")["done"]
	assert other.write("attendance", "left_at", "20:00")["done"]
	assert (stored(page, "agenda", "notes"), stored(page, "agenda", "hearing")) == ("甲の記録", "乙の記録")


def test_changes_of_two_officers_in_one_place_conflict(town, page):
	other = Page(town.other_officer, page.meeting)
	page.write("agenda", "notes", "甲の記録")
	answer = other.write("agenda", "notes", "乙の記録")
	conflict = answer["conflicts"]["notes"]
	assert (conflict["theirs"], conflict["who"]) == ("甲の記録", "事務局 太郎") and conflict["when"][2] == ":"
	assert not answer["done"] and stored(page, "agenda", "notes") == "甲の記録"
	assert other.write("agenda", "notes", "甲と乙の記録", was="甲の記録")["done"], "a text that was seen may be overwritten"
	assert stored(page, "agenda", "notes") == "甲と乙の記録"


def test_repeated_change_is_saved_once(town, page):
	change = page.change("agenda", "notes", "一度だけ")
	first = page.send(change)
	modified = stored(page, "", "modified")
	again = page.send(change)
	assert first["done"] == again["done"] == ["notes"] and again["token"] == again["before"] == first["token"]
	assert stored(page, "", "modified") == modified
	page.look().write("agenda", "notes", "その後")
	assert page.send(change)["conflicts"], "a late, outdated change overwrites nothing"
	assert stored(page, "agenda", "notes") == "その後"


def test_form_opened_earlier_cannot_save_old_values(town, page):
	opened = frappe.get_doc("Kyodo Meeting", page.meeting)
	page.write("agenda", "notes", "会議中の記録")
	with town.other_officer, pytest.raises(frappe.TimestampMismatchError):
		opened.place = "第2会議室"
		opened.save()
	assert stored(page, "agenda", "notes") == "会議中の記録"


def test_consecutive_changes_of_one_user_make_one_version(town, page):
	before = {row.name for row in _versions(page)}
	other = Page(town.other_officer, page.meeting)
	for text in ("議", "議論", "議論した"):
		page.look().write("agenda", "notes", text)
		other.look().write("", "observers", str(len(text)))
	rows = [row for row in _versions(page) if row.name not in before]
	assert sorted(row.owner for row in rows) == sorted([town.officer.user, town.other_officer.user])
	mine = next(json.loads(row.data) for row in rows if row.owner == town.officer.user)
	assert mine["row_changed"] == [["agenda", 0, page.data["items"][0]["name"], [["notes", None, "議論した"]]]]


def _versions(page: Page) -> list:
	filters = {"ref_doctype": "Kyodo Meeting", "docname": page.meeting}
	return frappe.get_all("Version", filters, ["name", "owner", "data"], order_by="creation")


# -- state of the meeting ----------------------------------------------------------------------


def test_closed_meeting_takes_no_changes(town, page):
	change = page.change("agenda", "notes", "間に合った")
	page.send(change)
	for item in page.data["items"]:
		cycle_steps.decide(town.officer, page.meeting, item["proposal"]["name"], "Passed to Step 2")
	assert town.officer.call(f"{SERVICE}.open_points", meeting=page.meeting) == []
	cycle_steps.close(town.officer, page.meeting)
	late = page.send(change, page.change("agenda", "hearing", "遅れた", key="late"))
	assert late["done"] == ["notes"], "saved in time; only the answer was lost"
	assert "終了" in late["problems"]["late"], "the state of the meeting"
	assert page.look().data["items"][0]["decision"]["result"] == "Passed to Step 2", "the page can still be read"
	with pytest.raises(MeetingOver):
		town.officer.call(f"{SERVICE}.add_row", meeting=page.meeting, table="agenda", key="x", values={"subject": "後から"})


def test_planned_meeting_takes_no_changes(town):
	page = Page(town.officer, town.meeting(proposal_in_step(town), convened=False))
	assert "notes" in page.write("agenda", "notes", "早すぎる")["problems"]


def test_open_points_list_undecided_items(town, page):
	cycle_steps.decide(town.officer, page.meeting, page.data["items"][0]["proposal"]["name"], "Passed to Step 2")
	points = town.officer.call(f"{SERVICE}.open_points", meeting=page.meeting)
	assert len(points) == 1 and page.data["items"][1]["subject"] in points[0]


# -- added rows ----------------------------------------------------------------------------------------


def test_guest_and_topic_are_added_once_per_key(town, page):
	for table, values in (("guests", {"guest_name": "参考人", "agenda_no": "2"}), ("agenda", {"subject": "来年度の日程"})):
		before = len(frappe.get_doc("Kyodo Meeting", page.meeting).get(table))
		names = {
			town.officer.call(f"{SERVICE}.add_row", meeting=page.meeting, table=table, key="同じ鍵", values=values) for _attempt in range(3)
		}
		rows = frappe.get_doc("Kyodo Meeting", page.meeting).get(table)
		assert len(rows) == before + 1
		assert names == {rows[-1].name} == {merge.row_name(page.meeting, table, "同じ鍵")}
	page.look()
	assert page.data["guests"][0]["agenda_no"] == 2
	assert (page.data["items"][-1]["item_type"], page.data["items"][-1]["results"]) == ("Topic", [])


NOT_ADDED = (
	("agenda", {"subject": ""}),
	("agenda", {"subject": "<b>太字</b>"}),
	("guests", {"guest_name": ""}),
	("guests", {"guest_name": "x", "agenda_no": "二番目"}),
	("guests", {"guest_name": "x", "organisation": "そんな団体はない"}),
	("attendance", {"member_name": "飛び入り"}),
	("recusals", {}),
)


def test_other_rows_cannot_be_added(town, page):
	for table, values in NOT_ADDED:
		with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
			town.officer.call(f"{SERVICE}.add_row", meeting=page.meeting, table=table, key="k", values=values)


# -- permissions -------------------------------------------------------------------------------------------


def test_session_page_is_for_the_office_only(town, page):
	change = page.change("agenda", "notes", "書けない")
	clients = (town.section_officer, town.members["npo1"], town.representative, town.manager, town.support, town.guest)
	for client in clients:
		for method, args in (
			("state", {}),
			("open_points", {}),
			("note", {"changes": [change]}),
			("add_row", {"table": "agenda", "key": "k", "values": {"subject": "x"}}),
		):
			with pytest.raises(frappe.PermissionError):
				client.call(f"{SERVICE}.{method}", meeting=page.meeting, **args)
	assert not stored(page, "agenda", "notes")


def test_recused_officer_neither_reads_nor_writes_the_item(town):
	frappe.get_doc("User", town.members["npo1"].user).add_roles("Kyodo Officer")
	meeting = in_session(town, proposal_in_step(town), proposal_in_step(town))
	page = Page(town.officer, meeting)
	page.send(page.change("agenda", "notes", "一つ目"), page.change("agenda", "notes", "二つ目", 1, key="2"))
	item = page.data["items"][0]
	cycle_steps.decide(town.officer, meeting, item["proposal"]["name"], "Passed to Step 2", advice="内々の助言")
	on_item(town.members["npo1"], page, "committee.interests.declare", reason="家族が役員である。")
	own = Page(town.members["npo1"], meeting)
	first, second = own.data["items"]
	assert first["withheld"] and (first["notes"], first["marks"]) == ("", None)
	assert first["decision"] == {"result": "Passed to Step 2"}
	assert (second["withheld"], second["notes"]) == (False, "二つ目")
	answer = own.send({**own.change("agenda", "notes", "書き換え"), "was": "一つ目"})
	assert "除斥" in answer["problems"]["notes"]
	answer = own.send(own.change("agenda", "notes", "当てずっぽう"))
	assert not answer["conflicts"] and "一つ目" not in json.dumps(answer, ensure_ascii=False)
	assert row_of(meeting, item["proposal"]["name"]).notes == "一つ目"


def test_session_over_http_follows_same_rules(real_town):
	town = real_town
	meeting = in_session(town, proposal_in_step(town))
	frappe.db.commit()
	item = frappe.get_doc("Kyodo Meeting", meeting).agenda[0].name
	change = {"key": "k", "table": "agenda", "row": item, "field": "notes", "value": "記録", "was": ""}
	officer = town.over_rest(town.officer)
	found = officer._send("GET", f"/api/method/{SERVICE}.state", query={"meeting": meeting})["message"]
	assert found["items"][0]["name"] == item
	assert officer.call(f"{SERVICE}.note", meeting=meeting, changes=[change])["done"] == ["k"]
	with pytest.raises(Refused):  # GET requests cannot write
		officer._send("GET", f"/api/method/{SERVICE}.note", query={"meeting": meeting, "changes": json.dumps([change])})
	for key in ("section_officer", "representative"):
		client = town.over_rest(getattr(town, key))
		for verb, method in (("GET", "state"), ("GET", "open_points"), ("POST", "note"), ("POST", "add_row")):
			given = {"meeting": meeting, "changes": [], "table": "agenda", "key": "k", "values": {"subject": "x"}}
			body, query = (given, None) if verb == "POST" else (None, {"meeting": meeting})
			with pytest.raises(Refused) as refusal:
				client._send(verb, f"/api/method/{SERVICE}.{method}", body, query)
			assert refusal.value.status == 403
	second = town.over_rest(town.other_officer)
	texts = {"notes": "甲の記録", "hearing": "乙の記録"}
	acts = [
		lambda client=client, field=field: client.call(
			f"{SERVICE}.note",
			meeting=meeting,
			changes=[{**change, "field": field, "value": texts[field], "was": "記録" if field == "notes" else ""}],
		)
		for client, field in ((officer, "notes"), (second, "hearing"))
	]
	assert at_once(*acts) == ["ok", "ok"]
	frappe.db.rollback()
	row = frappe.get_doc("Kyodo Meeting", meeting).agenda[0]
	assert {field: row.get(field) for field in texts} == texts, "neither has overwritten the other"
