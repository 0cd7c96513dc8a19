"""The support centre: cases, needs and introductions, people and dispatches, and their permissions, over REST as well."""

import html
import re
from urllib.parse import parse_qsl, urlsplit

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import send, visit

from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.reports.support_centre import support_centre
from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support import dispatches, figures, introductions, matching
from kyodo_frappe.support.errors import IntroductionError, RecordClosed
from kyodo_frappe.support.pages import centre as centre_pages

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

CASE, NEED, MATCH = "Kyodo Support Case", "Kyodo Need", "Kyodo Match"
PERSON, DISPATCH = "Kyodo Resource Person", "Kyodo Dispatch"
SECRET = "090-1234-5678"


@pytest.fixture
def mails(monkeypatch):
	"""[(recipient, subject, body), …] of all mails."""
	found = []

	def keep(recipients, subject, args, **_rest):
		found.extend((to, subject, args["body"]) for to in recipients)

	monkeypatch.setattr(frappe, "sendmail", keep)
	return found


def to(mails, user) -> list[tuple]:
	return [mail for mail in mails if mail[0] == user]


def ok(answer: tuple[str, dict]) -> str:
	location, notice = answer
	assert notice.get("kind") in (None, "done", "wait"), notice
	return location


def asked(town, **more) -> str:
	with town.representative:
		return support_cases.ask(
			**{"subject": "助成金について", "content": "どの助成金がありますか。", "organisation": town.organisation, **more}
		)


def case_of(town, **more):
	"""A case as the centre records it."""
	values = {"doctype": CASE, "programme": town.programme, "organisation": town.organisation, "subject": "相談", "content": "相談"}
	with town.support:
		frappe.get_doc({**values, "topic": "Information", "channel": "Phone", "received_on": nowdate(), **more}).insert()


def need_of(town, client=None, **more) -> str:
	"""A need as the centre records it."""
	values = {
		"doctype": NEED,
		"programme": town.programme,
		"title": "食堂の会場",
		"kind": "Looking For",
		"what": "Place",
		"party": "Organisation",
		"organisation": town.organisation,
		"description": "月に2回、30人が入れる会場を探しています。",
		"places": "大船",
		"activity_fields": [{"activity_field": "01"}, {"activity_field": "13"}],
		"skills": [{"skill": "調理"}],
		"contact": SECRET,
		**more,
	}
	with client or town.support:
		return frappe.get_doc(values).insert().name


def person(town, **more) -> str:
	values = {
		"doctype": PERSON,
		"programme": town.programme,
		"person_name": "講師 はるか",
		"can_be": "Lecturer",
		"themes": "子ども食堂",
		"email": "haruka@example.org",
		"phone": SECRET,
	}
	with town.support:
		return frappe.get_doc({**values, **more}).insert().name


# -- cases -----------------------------------------------------------------------------------


def test_question_of_organisation_is_answered_by_centre(town, mails):
	ok(
		send(
			town.representative.user,
			"support.actions.ask",
			subject="会場",
			content="会場を探しています。",
			topic="Places and Things",
			organisation=town.organisation,
		)
	)
	name = frappe.db.get_value(CASE, {"asked_by": town.representative.user}, "name", order_by="creation desc")
	assert "会場" in to(mails, town.support.user)[0][2] and f"/kyodo/my/centre/cases/{name}" in to(mails, town.support.user)[0][2]
	assert "会場" in visit(town.support.user, "my/centre")[1] and "会場" in visit(town.support.user, "my")[1]
	page = visit(town.support.user, f"my/centre/cases/{name}")
	assert page[0] == 200 and "会場を探しています。" in page[1]

	doc = frappe.get_doc(CASE, name)
	typed = {"name": name, "modified": str(doc.modified), "answer": "公民館をご案内します。", "next_on": nowdate()}
	typed |= {"rows-steps": "1", "steps-0-what": "公民館に電話した", "steps-0-done_on": nowdate()}
	ok(send(town.support.user, "support.actions.save_case", **typed))
	doc.reload()
	assert (doc.state, doc.steps[0].by_whom, doc.fiscal_year > 2000) == ("Answered", frappe.utils.get_fullname(town.support.user), True)
	assert "公民館をご案内します。" in to(mails, town.representative.user)[0][2]
	assert name in visit(town.support.user, "my/centre/cases", follow="1")[1]
	later = asked(town, subject="日を決めていない相談")
	with town.support:
		assert [row.name for row in centre_pages.overview()["follow_ups"] if row.name in (name, later)] == [name]
	own = visit(town.viewer.user, "my/support")[1]
	assert "公民館をご案内します。" in own and "公民館に電話した" not in own

	# saving again sends no second mail; a further question reopens the case
	count = len(mails)
	doc.reload()
	ok(send(town.support.user, "support.actions.save_case", name=name, modified=str(doc.modified), then="close"))
	assert len(mails) == count and frappe.db.get_value(CASE, name, ["state", "next_on"]) == ("Closed", None)
	with town.support, pytest.raises(RecordClosed):
		frappe.get_doc(CASE, name).update({"answer": "別の答え"}).save()
	ok(send(town.representative.user, "support.actions.ask_more", case=name, question="予約はどうしますか。"))
	doc.reload()
	assert doc.state == "Open" and "予約はどうしますか。" in doc.content and "公民館をご案内します。" in doc.content
	assert send(town.outsider.user, "support.actions.ask_more", case=name, question="？")[1]["kind"] == "refused"


def test_case_of_small_group_needs_no_organisation(town, mails):
	location = ok(
		send(
			town.support.user,
			"support.actions.save_case",
			name="new",
			subject="電話の相談",
			content="会を作りたい",
			topic="Starting a Group",
			channel="Phone",
			received_on=nowdate(),
			client_name="山田",
			client_contact=SECRET,
		)
	)
	name = location.split("/")[-1].split("?")[0]
	doc = frappe.get_doc(CASE, name)
	assert (doc.small_group, doc.client_contact, doc.channel) == (1, SECRET, "Phone")
	ok(send(town.support.user, "support.actions.invite_client", name=name, email=f"{town.tag}@example.org"))
	assert to(mails, f"{town.tag}@example.org") and frappe.get_doc(CASE, name).steps
	own = asked(town, organisation="", subject="個人として")
	assert "個人として" in visit(town.representative.user, "my/support")[1]
	for client in (town.editor, town.outsider):
		with client:
			assert not frappe.get_doc(CASE, own).has_permission("read")


def test_figures_count_cases_of_year(town):
	before = figures.figures_of_year(2020)["total"].cases
	for topic, channel, small in (("Information", "Visit", 0), ("Information", "Phone", 1), ("Other", "Phone", 0)):
		case_of(town, topic=topic, channel=channel, small_group=small, received_on="2020-05-01")
	with town.support:
		found = figures.figures_of_year(2020)
	assert (found["total"].cases - before, found["total"].small_groups) == (3, 1)
	assert {row.group: row.cases for row in found["by_channel"]} == {"来所": 1, "電話": 2}
	with town.officer:
		rows = support_centre({"fiscal_year": 2020, "group_by": "Month"}).rows
	assert [(row["group"], row["cases"]) for row in rows] == [("2020-05", 3)]
	assert "電話" in visit(town.support.user, "my/centre/figures", year="2020")[1]


# -- needs, matching, introducing ----------------------------------------------------------------


def test_need_of_organisation_is_public_after_review_by_centre(town, mails):
	typed = {
		"title": "会場を探しています",
		"kind": "Looking For",
		"what": "Place",
		"description": "30人",
		"contact": SECRET,
		"organisation": town.organisation,
	}
	typed |= {
		"wants_publishing": "1",
		"has-wants_publishing": "1",
		"has-activity": "1",
		"activity-01": "1",
		"skill_lines": "調理\n配膳",
		"published": "1",
		"state": "Met",
	}
	name = ok(send(town.editor.user, "support.actions.save_own_need", name="new", **typed)).split("/")[-1].split("?")[0]
	doc = frappe.get_doc(NEED, name)
	assert (doc.published, doc.wants_publishing, doc.state, [row.skill for row in doc.skills]) == (0, 1, "Open", ["調理", "配膳"])
	assert visit("Guest", f"support/{name}")[0] == 404 and "会場を探しています" in visit(town.support.user, "my/centre")[1]
	ok(
		send(
			town.support.user,
			"support.actions.save_need",
			name=name,
			modified=str(doc.modified),
			**{"has-published": "1", "published": "1"},
		)
	)
	status, page = visit("Guest", f"support/{name}")
	listed = visit("Guest", "support")[1]
	assert status == 200 and "会場を探しています" in listed and SECRET not in page + listed and town.tag not in listed
	assert name not in visit("Guest", "support", kind="Offering")[1]
	assert name in visit(town.outsider.user, "my/support", need=name)[1]
	# a change hides the need until the centre has reviewed it again
	doc.reload()
	ok(send(town.editor.user, "support.actions.save_own_need", name=name, modified=str(doc.modified), description="50人", title="会場"))
	assert visit("Guest", f"support/{name}")[0] == 404 and frappe.db.get_value(NEED, name, "wants_publishing") == 1
	for client in (town.viewer, town.outsider):
		assert send(client.user, "support.actions.end_own_need", name=name, then="Withdrawn")[1]["kind"] == "refused"
		assert visit(client.user, f"my/support/needs/{name}")[0] == 404
	ok(send(town.representative.user, "support.actions.end_own_need", name=name, then="Met", outcome="見つかりました"))
	assert frappe.db.get_value(NEED, name, ["state", "published"]) == ("Met", 0)


def test_candidates_have_reasons_and_bounded_queries(town):
	name = need_of(town)
	offer = need_of(town, title="集会室", kind="Offering", organisation=town.other_organisation, places="大船地区", skills=[])
	need_of(town, title="別の会場探し", organisation=town.other_organisation)
	frappe.db.set_value("Kyodo Organisation", town.other_organisation, {"publish_profile": 1, "purpose": "調理を教えています。"})
	who = person(town, skills=[{"skill": "調理"}], places="市内全域")
	person(town, person_name="休止 中", active=0, skills=[{"skill": "調理"}])
	with town.support:
		found = matching.candidates(name)
		queries = _queries(lambda: matching.candidates(name))
	mine = [row for row in found["needs"] if row["name"] == offer]
	assert mine[0]["reasons"][0] == "求めるものと提供するものの種類が合う（場所）" and any(
		"分野が2つ一致" in text for text in mine[0]["reasons"]
	)
	assert "地域が合う：大船" in mine[0]["reasons"]
	assert "別の会場探し" not in {row["title"] for row in found["needs"]} and "休止 中" not in {row["title"] for row in found["people"]}
	assert any(row["name"] == who and "技能が合う：調理" in row["reasons"] for row in found["people"])
	assert any(row["name"] == town.other_organisation and "調理" in str(row["reasons"]) for row in found["organisations"])
	assert queries < 30
	frappe.db.set_value("Kyodo Organisation", town.other_organisation, "publish_profile", 0)
	with town.support:
		assert town.other_organisation not in [row["name"] for row in matching.candidates(name)["organisations"]]
	for client in (town.representative, town.section_officer, town.manager):
		with client, pytest.raises(frappe.PermissionError):
			matching.candidates(name)
	page = visit(town.support.user, f"my/centre/needs/{name}")[1]
	assert "分野が2つ一致" in page and "講師 はるか" in page


def _queries(work) -> int:
	counted, ask = [], frappe.db.__class__.sql

	def count(self, *args, **kwargs):
		counted.append(args[0] if args else "")
		return ask(self, *args, **kwargs)

	frappe.db.__class__.sql = count
	try:
		work()
	finally:
		frappe.db.__class__.sql = ask
	return len(counted)


def test_contacts_are_passed_on_once_both_sides_agree(town, mails):
	name = need_of(town)
	ok(send(town.support.user, "support.actions.introduce", name=name, kind="Organisation", target=town.other_organisation))
	match = frappe.db.get_value(MATCH, {"need": name})
	told = to(mails, town.outsider.user) + to(mails, town.representative.user)
	assert len(told) == 2 and not any(SECRET in text for _to, _subject, text in told)
	assert frappe.db.get_value(NEED, name, "state") == "In Talks"
	page = visit(town.outsider.user, "my/support")[1]
	assert "食堂の会場" in page and SECRET not in page and "返事をお願いしている紹介" in visit(town.outsider.user, "my")[1]
	assert (
		send(town.support.user, "support.actions.introduce", name=name, kind="Organisation", target=town.other_organisation)[1]["kind"]
		== "refused"
	)
	# nobody can answer for another side
	answer = "support.actions.answer_introduction"
	assert send(town.outsider.user, answer, match=match, side="need", then="Yes", contact="x")[1]["kind"] == "refused"
	assert send(town.viewer.user, answer, match=match, side="need", then="Yes", contact="x")[1]["kind"] == "refused"
	assert send(town.outsider.user, answer, match=match, side="other", then="Yes")[1]["kind"] == "refused"
	ok(send(town.outsider.user, answer, match=match, side="other", then="Yes", contact="0467-00-0000"))
	page = visit(town.representative.user, "my/support")[1]
	assert "0467-00-0000" not in page and f'value="{SECRET}"' in page  # the contact that will be passed on is shown beforehand
	ok(send(town.representative.user, answer, match=match, side="need", then="Yes"))
	assert frappe.db.get_value(MATCH, match, "state") == "Talking"
	assert "0467-00-0000" in visit(town.representative.user, "my/support")[1] and SECRET in visit(town.outsider.user, "my/support")[1]
	assert SECRET in to(mails, town.outsider.user)[-1][2]
	ok(
		send(
			town.support.user,
			"support.actions.note_introduction",
			name=name,
			match=match,
			then="together",
			outcome="月2回使えることになった",
		)
	).endswith("#end")
	assert frappe.db.get_value(MATCH, match, "state") == "Came Together" and frappe.db.get_value(NEED, name, "state") == "Open"


def test_refusal_of_one_side_ends_introduction(town, mails):
	name = need_of(town)
	offer = need_of(town, title="集会室", kind="Offering", organisation=town.other_organisation, contact=None)
	with town.officer:
		match = introductions.introduce(name, "Need", offer)
		with pytest.raises(IntroductionError):
			introductions.introduce(name, "Need", need_of(town, title="同じ種類", organisation=town.other_organisation))
	assert [frappe.db.get_value(NEED, need, "state") for need in (name, offer)] == ["In Talks", "In Talks"]
	with town.outsider:
		assert frappe.get_doc(MATCH, match).has_permission("read")
		introductions.answer_introduction(match, "other", "No")
	assert [frappe.db.get_value(NEED, need, "state") for need in (name, offer)] == ["Open", "Open"]
	with town.support, pytest.raises(IntroductionError):
		introductions.conclude(match, 1)


def test_needs_expire_and_sections_record_only_their_own(town, mails):
	name = need_of(town, published=1)
	frappe.db.set_value(NEED, name, "open_until", add_days(nowdate(), -1))
	assert visit("Guest", f"support/{name}")[0] == 404
	assert name in matching.expire_needs() and frappe.db.get_value(NEED, name, ["state", "published"]) == ("Expired", 0)
	assert to(mails, town.representative.user)
	own = need_of(town, town.section_officer, party="City", section=town.section, contact=None)
	frappe.db.set_value("Kyodo Section", town.section, "phone", "0467-99-9999")
	with town.support:
		match = introductions.introduce(own, "Organisation", town.organisation)
	with town.section_officer:
		assert introductions.sides_to_answer(match) == ["need"]
		introductions.answer_introduction(match, "need", "Yes")
		assert introductions.sides_to_answer(match) == []
	assert "0467-99-9999" in frappe.db.get_value(MATCH, match, "need_contact")
	assert town.section_officer.user in {mail[0] for mail in mails}
	with town.other_section_officer:
		assert not frappe.get_doc(NEED, own).has_permission("read")
	for more in ({"section": town.section}, {"party": "Private Person", "contact_name": "山田", "section": town.section}):
		with pytest.raises(frappe.PermissionError):
			need_of(town, town.section_officer, **more)
	with pytest.raises(frappe.PermissionError):
		need_of(town, town.section_officer, party="City", section=town.other_section)


# -- people and dispatches ----------------------------------------------------------------------


def test_person_is_found_asked_and_dispatched(town, mails):
	who = person(town, activity_fields=[{"activity_field": "13"}], skills=[{"skill": "会計"}])
	with town.support:
		find = lambda *args: [row.name for row in dispatches.find_people(*args)]
		assert (
			who in find("ｺﾄﾞﾓ食堂".replace("ｺﾄﾞﾓ", "子ども"))
			and who in find("会計")
			and who in find("", "13")
			and who in find("はるか", "13", "Lecturer")
		)
		assert who not in find("防災") and who not in find("", "01") and who not in find("", "", "Volunteer")
	refused = send(town.support.user, "support.actions.ask_person", name=who, purpose="Adviser", topic="助言")[1]
	assert refused["text"] == "派遣先、開始日を入力してください。"
	event = (
		frappe.get_doc(
			{
				"doctype": "Kyodo Event",
				"event_name": "会計講座",
				"programme": town.programme,
				"held_on": add_days(nowdate(), 10),
				"begins_at": "18:30",
				"organiser": "Support Centre",
			}
		)
		.insert()
		.name
	)
	ok(send(town.support.user, "support.actions.ask_person", name=who, purpose="Lecturer", topic="会計のはなし", event=event))
	first = frappe.get_doc(DISPATCH, {"person": who})
	assert (str(first.from_date), first.sent_to, first.state) == (add_days(nowdate(), 10), "会計講座", "Asked")
	assert "会計のはなし" in to(mails, "haruka@example.org")[0][2]
	location, notice = send(
		town.support.user,
		"support.actions.ask_person",
		name=who,
		purpose="Adviser",
		topic="助言",
		sent_to="となりの会",
		from_date=add_days(nowdate(), 9),
		to_date=add_days(nowdate(), 11),
	)
	assert notice["kind"] == "wait" and "会計のはなし" in notice["text"]
	ok(send(town.support.user, "support.actions.note_dispatch", name=who, dispatch=first.name, then="yes"))
	assert frappe.db.get_value("Kyodo Event", event, "lecturer") == who
	assert (
		send(town.support.user, "support.actions.note_dispatch", name=who, dispatch=first.name, then="done", report="よかった")[1]["kind"]
		== "refused"
	)
	frappe.db.set_value(DISPATCH, first.name, "from_date", nowdate())
	ok(send(town.support.user, "support.actions.note_dispatch", name=who, dispatch=first.name, then="done", report="20人が参加"))
	assert "20人が参加" in visit(town.support.user, f"my/centre/people/{who}")[1]
	# the page says that a person without a mail address must be phoned
	silent = person(town, person_name="連絡 なし", email=None)
	told = send(
		town.support.user,
		"support.actions.ask_person",
		name=silent,
		purpose="Adviser",
		topic="助言",
		sent_to="会",
		from_date=nowdate(),
	)[1]
	assert told["kind"] == "wait" and "連絡 なしにはメールアドレスの登録がなく" in told["text"]
	told = send(town.support.user, "support.actions.introduce", name=need_of(town), kind="Person", target=silent)[1]
	assert told["kind"] == "wait" and "連絡 なしには" in told["text"] and told["text"].startswith("紹介を登録しました。")
	with town.support:
		seat = frappe.get_doc(
			{
				"doctype": DISPATCH,
				"person": who,
				"purpose": "Committee Member",
				"topic": "委員",
				"committee": town.committee,
				"event": event,
				"from_date": nowdate(),
			}
		).insert()
	assert (seat.committee, seat.event, seat.programme) == (town.committee, None, town.programme) and "会議" in seat.sent_to


def test_public_page_shows_people_with_consent_without_contact(town):
	shown = person(town, person_name="公開 花子", publish_consent=1, belongs_to="防災の会", fee_note="5万円", experience="秘密の経歴")
	person(town, person_name="非公開 次郎")
	page = visit("Guest", "support")[1]
	assert "公開 花子" in page and "防災の会" in page and "子ども食堂" in page
	assert not any(text in page for text in ("非公開 次郎", SECRET, "5万円", "秘密の経歴", "haruka@example.org", shown))


# -- long lists -------------------------------------------------------------------------------------


def through_all_pages(user: str, path: str, **filters) -> list[str]:
	"""Return the pages of a list that follow each other, as somebody sees them who goes on to the last."""
	found, address = [], path
	while address:
		status, page = visit(user, address, **filters)
		assert status == 200 and len(found) < 10
		found.append(page)
		following = re.search(r'rel="next" href="/kyodo/([^"]+)"', page)
		parts = urlsplit(html.unescape(following[1])) if following else None
		address, filters = (parts.path, dict(parse_qsl(parts.query))) if parts else ("", {})
	return found


def times_shown(names: list[str], pages: list[str]) -> set[int]:
	return {sum(name in page for page in pages) for name in names}


def test_each_record_of_a_long_list_is_on_one_of_its_pages(town):
	numbered = [f"（第{number:02}号）" for number in range(1, PAGE + 4)]
	for number in numbered:
		case_of(town, subject=f"質問{number}")
		need_of(town, title=f"会場{number}", published=1)
		person(town, person_name=f"講師{number}", publish_consent=1, activity_fields=[{"activity_field": "09"}])
	for user, path, title, filters in (
		(town.support.user, "my/centre/cases", "質問", {"state": "Open"}),
		(town.support.user, "my/centre/needs", "会場", {"kind": "Looking For", "what": "Place"}),
		(town.support.user, "my/centre/people", "講師", {"field": "09"}),
		("Guest", "support", "会場", {"kind": "Looking For", "field": "13"}),
	):
		pages = through_all_pages(user, path, **filters)
		assert times_shown([title + number for number in numbered], pages) == {1} and len(pages) > 1, path
	# people who come have pages of their own beside those of the needs
	pages = [visit("Guest", "support", field="09", people=str(page))[1] for page in (1, 2)]
	assert sum(f"講師{number}" in pages[0] for number in numbered) == PAGE
	assert times_shown([f"講師{number}" for number in numbered], pages) == {1}
	need_of(town, title="確認前の会場", wants_publishing=1)
	unseen = visit(town.support.user, "my/centre/needs", unseen="1")[1]
	assert "確認前の会場" in unseen and "会場（第" not in unseen
	overview = visit(town.support.user, "my/centre")[1]
	assert "/kyodo/my/centre/cases?state=Open" in overview and overview.count("質問（第") == PAGE


# -- who sees what ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"path",
	[
		"my/centre",
		"my/centre/cases",
		"my/centre/cases/new",
		"my/centre/needs",
		"my/centre/needs/new",
		"my/centre/people",
		"my/centre/people/new",
		"my/centre/surveys",
		"my/centre/surveys/new",
		"my/centre/figures",
	],
)
def test_pages_of_centre_are_closed_to_others(town, path):
	assert visit(town.support.user, path)[0] == visit(town.officer.user, path)[0] == 200
	assert visit("Guest", path)[0] == 302
	for client in (town.representative, town.section_officer, town.members["npo1"]):
		assert visit(client.user, path)[0] == 404


def test_records_of_centre_are_protected_over_rest(rest_town):
	town = rest_town
	case, need, who = asked(town), need_of(town, published=1), person(town)
	with town.support:
		match = introductions.introduce(need, "Person", who)
		doc = frappe.get_doc(CASE, case)
		doc.append("steps", {"what": "内部の記録"})
		doc.save()
		private = need_of(town, party="Private Person", organisation=None, contact_name="山田", contact=SECRET)
	frappe.db.commit()
	try:
		outsider, own, staff = (town.over_rest(client) for client in (town.outsider, town.representative, town.support))
		section, guest = town.over_rest(town.section_officer), RestClient(frappe.local.site)
		for doctype, name in ((CASE, case), (MATCH, match), (NEED, private), (PERSON, who)):
			assert _status(outsider, doctype, name) in (403, 404)
			assert _status(guest, doctype, name) in (401, 403, 404)
		assert _status(section, CASE, case) in (403, 404) and _status(section, MATCH, match) in (403, 404)
		assert own.read(CASE, case)["subject"] == "助成金について"
		assert "内部の記録" not in str(own.read(CASE, case)) and SECRET not in str(own.read(NEED, need))
		assert not any(SECRET in str(found) for found in (outsider.read(NEED, need), section.read(NEED, need), section.read(PERSON, who)))
		assert SECRET in str(staff.read(NEED, need))
		# permlevel 1 of other DocTypes stays closed to staff
		assert not staff.read("Kyodo Organisation", town.organisation).get("members")
		# members cannot write, and nobody can set fields that only the app writes
		for client, doctype, name, values in (
			(own, CASE, case, {"answer": "自分で回答"}),
			(own, NEED, need, {"published": 1}),
			(own, MATCH, match, {"state": "Talking"}),
			(outsider, NEED, need, {"title": "乗取り"}),
			(section, NEED, need, {"title": "乗取り"}),
		):
			assert _status(client, doctype, name, values) in (403, 404), (doctype, values)
		for doctype, name, field, value in (
			(CASE, case, "state", "Closed"),
			(CASE, case, "asked_by", town.outsider.user),
			(NEED, need, "state", "Met"),
			(MATCH, match, "state", "Talking"),
			(MATCH, match, "other_contact", "x"),
		):
			_status(staff, doctype, name, {field: value})
			frappe.db.rollback()
			assert frappe.db.get_value(doctype, name, field) != value
	finally:
		for doctype, name in ((MATCH, match), (CASE, case), (NEED, need), (NEED, private), (PERSON, who)):
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)  # the test's own records
		frappe.db.commit()


def _status(client: RestClient, doctype: str, name: str, values: dict | None = None) -> int:
	try:
		client.update(doctype, name, values) if values else client.read(doctype, name)
	except Refused as refused:
		return refused.status
	return 200
