"""Public pages as stories: pictures with the figures of the records, what pages say about themselves, feeds, calendar, sitemap."""

import io
import json
import re
import xml.etree.ElementTree as ET

import frappe
import pytest
from frappe.utils import add_days, nowdate
from icalendar import Calendar
from PIL import Image
from portal_client import acting, visit

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import feeds, sitemap
from kyodo_frappe.web.page import KyodoPage
from kyodo_frappe.web.resources import resources
from kyodo_frappe.web.words import yen

SCRIPT = "</script><script>alert(1)</script>"
PUBLIC = {"publish_consent": 1, "public_summary": "公開の要約。くわしくはつづく。", "plain_summary": ""}
SECRET = "ひみつの言葉"
ATOM = "{http://www.w3.org/2005/Atom}"
KINDS = ("proposals", "projects", "organisations", "meetings", "events")


def load(path: str) -> tuple[int, bytes, dict]:
	"""Return (status, content, headers) of an address below /kyodo for a guest."""
	with acting("Guest", {}):
		answer = KyodoPage(f"kyodo/{path}".rstrip("/")).render()
		return answer.status_code, answer.get_data(), answer.headers


def titles(page: str) -> list[str]:
	"""The words of the pictures of a page, spaces and lines as one space."""
	return [" ".join(text.split()) for text in re.findall(r"<title>(.*?)</title>", page.split("</head>")[1], re.DOTALL)]


def things(page: str) -> list[dict]:
	"""The structured data of a page."""
	return [json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)]


@pytest.fixture
def story(town, walk_once):
	return walk_once(make_story, town)


def make_story(town) -> tuple[str, str]:
	"""(project, round) with both sides' marks, published, with its proposal and a report in the public."""
	evaluation, city, organisation = town.evaluation()
	project = frappe.db.get_value("Kyodo Evaluation Round", evaluation, "project")
	frappe.db.set_value("Kyodo Project", project, {"published": 1, "public_summary": "みんなで食べる。月に1回ひらく。"})
	proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
	frappe.db.set_value("Kyodo Proposal", proposal, PUBLIC)
	cycle_steps.submit_sheet(town.section_officer, city, [4, 3, 5])
	cycle_steps.submit_sheet(town.representative, organisation, [4, 5, 2])
	frappe.db.set_value("Kyodo Evaluation Round", evaluation, {"workflow_state": "Published", "published_on": f"{nowdate()} 10:00:00"})
	return project, evaluation


# -- pictures ----------------------------------------------------------------------------------


def test_project_is_a_story_from_proposal_to_evaluation(story):
	project, evaluation = story
	page = visit("Guest", f"projects/{project}")[1]
	phases = re.findall(r"<h3>(?:<a [^>]*>)?([^<]+)", page.split('class="story-way"')[1].split("</section>")[0])
	assert phases == ["提案", "協定", "実施", "評価"]
	assert '<p class="lead">みんなで食べる。</p>' in page.replace("\n", "")
	assert f'href="#{evaluation}"' in page and f'id="{evaluation}"' in page
	assert page.index('class="story-way"') < page.index("<table")


def test_marks_of_both_sides_are_drawn_as_they_were_given(story):
	project, evaluation = story
	page = visit("Guest", f"projects/{project}")[1]
	sheets = frappe.get_all("Kyodo Evaluation Sheet", {"evaluation_round": evaluation}, ["name", "side"], order_by="side")
	given = {sheet.side: {row.item: row.mark for row in frappe.get_doc("Kyodo Evaluation Sheet", sheet.name).marks} for sheet in sheets}
	assert len(given["City"]) >= 3
	for item, mark in given["City"].items():
		assert f"{item}: 市側 {mark}、団体側 {given['Organisation'][item]}" in titles(page), item
		assert re.search(rf'cx="{5 + (mark - 1) / 4 * 90:g}(\.0)?%"', page), (item, mark)


def test_money_and_targets_are_those_of_the_agreement_and_the_plan(story):
	project, _evaluation = story
	page = visit("Guest", f"projects/{project}")[1]
	agreement = frappe.get_doc("Kyodo Agreement", {"project": project})
	total = sum(row.amount for row in agreement.costs)
	assert total and f"計 {yen(total)}" in page
	payers = next(text for text in titles(page) if text.startswith("だれが負担するか"))
	for side, label in (("City", "市側"), ("Organisation", "団体側")):
		paid = sum(row.amount for row in agreement.costs if row.side == side)
		assert (f"{label} {yen(paid)} ({paid / total * 100:.3g}%)" in payers) == bool(paid), (side, payers)
	target = frappe.get_doc("Kyodo Project", project).indicators[0]
	assert any(text.startswith(f"{target.indicator}:") and f"目標値 {target.target:,.0f}" in text for text in titles(page))


def test_every_attempt_of_a_proposal_is_a_phase_of_its_own(town):
	old = town.in_step_1(**PUBLIC)
	town.decided(old, "Not Adopted", reasons=json.dumps(cycle_steps.REFUSAL))
	new = town.in_step_1(**PUBLIC)
	frappe.db.set_value("Kyodo Proposal", new, "previous_proposal", old)
	page = visit("Guest", f"proposals/{new}")[1]
	way = page.split('class="story-way"')[1].split("</section>")[0]
	first, second = way.split("<h3>")[1:]
	assert "提案（1回目）" in first and f"/kyodo/proposals/{old}" in first and "不採択" in first
	assert "提案（2回目）" in second and "不採択" not in second
	frappe.db.set_value("Kyodo Proposal", old, "publish_consent", 0)
	page = visit("Guest", f"proposals/{new}")[1]
	assert old not in page and "提案（1回目）" not in page


def test_meeting_shows_decisions_and_minutes_with_contents(town):
	proposal, other = town.in_step_1(**PUBLIC), town.in_step_1(**PUBLIC)
	meeting = town.in_session(proposal, other)
	for name in (proposal, other):
		cycle_steps.decide(town.officer, meeting, name, "Passed to Step 2")
	cycle_steps.close(town.officer, meeting)
	cycle_steps.finish_minutes(town.members["npo1"], town.officer, meeting)
	frappe.db.set_value("Kyodo Programme", town.programme, "publish_scores", 1)
	frappe.db.set_value("Kyodo Decision", {"proposal": proposal}, {"score_points": 80, "score_out_of": 100, "average_score": 80})
	page = visit("Guest", f"meetings/{meeting}")[1]
	assert any(text.endswith(" 2件") for text in titles(page))
	assert 'width="80.0%"' in page and "みんなの食堂: 80.0" in titles(page)
	assert re.search(r'id="minutes-1">議題1', page) and 'href="#minutes-2">議題2' in page
	frappe.db.set_value("Kyodo Proposal", proposal, "publish_consent", 0)
	page = visit("Guest", f"meetings/{meeting}")[1]
	assert f"/kyodo/proposals/{other}" in page and f"/kyodo/proposals/{proposal}" not in page and "80.0" not in page


def test_organisation_shows_what_it_did_with_the_city(town, story):
	project, _evaluation = story
	frappe.db.set_value("Kyodo Organisation", town.organisation, "publish_profile", 1)
	page = visit("Guest", f"organisations/{town.organisation}")[1]
	proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
	assert f"/kyodo/projects/{project}" in page and f"/kyodo/proposals/{proposal}" not in page, "one story, told once"


# -- what pages say about themselves --------------------------------------------------------------


def test_page_describes_itself(town, story):
	project, _evaluation = story
	page = visit("Guest", f"projects/{project}")[1]
	head = page.split("</head>")[0]
	assert '<meta name="description" content="みんなで食べる。月に1回ひらく。">' in head
	assert re.search(rf'<link rel="canonical" href="https?://[^"]+/kyodo/projects/{project}">', head)
	assert things(page)[0]["itemListElement"][1]["name"] == frappe.db.get_value("Kyodo Project", project, "project_name")
	assert 'name="robots"' not in head and "feeds/projects.atom" in visit("Guest", "projects")[1].split("</head>")[0]
	portal = visit(town.representative.user, "my")[1].split("</head>")[0]
	assert '<meta name="robots" content="noindex">' in portal and "og:" not in portal
	assert 'content="noindex"' in visit("Guest", "projects/none")[1]


def test_open_meeting_is_an_event_and_others_are_not(town):
	meeting = town.meeting(town.in_step_1(**PUBLIC))
	frappe.db.set_value("Kyodo Meeting", meeting, {"open_to_public": 1, "begins_at": "18:30", "place": "市民会館"})
	event = next(thing for thing in things(visit("Guest", f"meetings/{meeting}")[1]) if thing["@type"] == "Event")
	day = frappe.db.get_value("Kyodo Meeting", meeting, "meeting_date")
	assert event["startDate"] == f"{day}T18:30:00+09:00" and event["location"]["name"] == "市民会館"
	frappe.db.set_value("Kyodo Meeting", meeting, "open_to_public", 0)
	assert all(thing["@type"] != "Event" for thing in things(visit("Guest", f"meetings/{meeting}")[1]))
	assert f"{meeting}-public" not in load("calendar.ics")[1].decode()


def _event(town, **more) -> str:
	values = {
		"doctype": "Kyodo Event",
		"event_name": "協働のまちづくり講座",
		"programme": town.programme,
		"event_kind": "Training",
		"held_on": add_days(nowdate(), 20),
		"begins_at": "13:30",
		"ends_at": "15:00",
		"place": "生涯学習センター",
		"state": "Announced",
		"audience": "Everybody",
		"organiser": "City",
	}
	doc = frappe.get_doc({**values, **more})
	doc.flags.ignore_validate = doc.flags.ignore_mandatory = doc.flags.ignore_permissions = doc.flags.ignore_links = True
	doc.insert()
	# a draft at first, whatever is asked for
	frappe.db.set_value("Kyodo Event", doc.name, {"state": "Announced", **more})
	return doc.name


def test_script_in_a_title_stays_text_everywhere(town):
	proposal = town.in_step_1(**PUBLIC)
	frappe.db.set_value("Kyodo Proposal", proposal, {"title": SCRIPT, "public_summary": SCRIPT + "\x0b"})
	event = _event(town)
	frappe.db.set_value("Kyodo Event", event, {"event_name": SCRIPT, "description": SCRIPT, "place": SCRIPT})
	for path in (f"proposals/{proposal}", f"events/{event}", "proposals", "events"):
		page = visit("Guest", path)[1]
		assert SCRIPT not in page and "<script>alert" not in page, path
	page = visit("Guest", f"events/{event}")[1]
	assert SCRIPT in {thing.get("name") for thing in things(page)}, "data is kept as it is, once it is read"
	for kind, name in (("proposals", proposal), ("events", event)):
		entries = ET.fromstring(load(f"feeds/{kind}.atom")[1]).findall(f"{ATOM}entry")
		assert any(SCRIPT in entry.find(f"{ATOM}title").text and entry.find(f"{ATOM}id").text.endswith(name) for entry in entries)
	calendar = Calendar.from_ical(load("calendar.ics")[1])
	assert SCRIPT in {str(entry.get("summary")) for entry in calendar.walk("VEVENT")}


# -- feeds, calendar, sitemap ------------------------------------------------------------------------


def test_feeds_follow_the_lists(town):
	proposal = town.in_step_1(**PUBLIC)
	status, content, headers = load("feeds/proposals.atom")
	entry = next(one for one in ET.fromstring(content).findall(f"{ATOM}entry") if proposal in one.find(f"{ATOM}id").text)
	assert status == 200 and headers["Content-Type"].startswith("application/atom+xml") and headers["ETag"]
	received = frappe.db.get_value("Kyodo Proposal", proposal, "received_on")
	assert entry.find(f"{ATOM}published").text == f"{str(received)[:19].replace(' ', 'T')}+09:00"
	assert entry.find(f"{ATOM}summary").text == PUBLIC["public_summary"]
	frappe.db.set_value("Kyodo Proposal", proposal, "publish_consent", 0)
	assert proposal not in load("feeds/proposals.atom")[1].decode()
	assert load("feeds/secrets.atom")[0] == 404


def test_calendar_holds_events_meetings_and_calls(town):
	event, meeting = _event(town), town.meeting(town.in_step_1())
	frappe.db.set_value("Kyodo Meeting", meeting, {"open_to_public": 1, "begins_at": "18:30"})
	values = {"call_name": "秋の募集", "programme": town.programme, "call_type": "Open", "fiscal_year": 2026, "published": 1}
	call = frappe.get_doc({"doctype": "Kyodo Call", **values, "opens_on": nowdate(), "closes_on": add_days(nowdate(), 30)})
	call.flags.ignore_validate = call.flags.ignore_permissions = True
	call.insert()
	calendar = Calendar.from_ical(load("calendar.ics")[1])
	entries = {str(entry["uid"]).partition("@")[0]: entry for entry in calendar.walk("VEVENT")}
	assert str(entries[f"{call.name}-closes"]["summary"]) == "締切：秋の募集"
	assert entries[event].decoded("dtstart").isoformat() == f"{add_days(nowdate(), 20)}T13:30:00+09:00"
	assert entries[f"{meeting}-public"].decoded("dtstart").hour == 18
	frappe.db.set_value("Kyodo Call", call.name, "published", 0)
	assert call.name not in load("calendar.ics")[1].decode()


def test_sitemap_names_public_records_only(town, story):
	project, _evaluation = story
	hidden = town.submitted()
	listed = load("sitemap.xml")[1].decode()
	assert f"/kyodo/projects/{project}</" in listed and hidden not in listed
	assert "/kyodo/my" not in listed and "/kyodo/login" not in listed and "<name>" not in listed
	from frappe.website.serve import get_response

	with acting("Guest", {}):
		robots = get_response("robots.txt").get_data(as_text=True)
	assert re.search(r"^Sitemap: https?://\S+/kyodo/sitemap\.xml$", robots, re.MULTILINE)


def test_nothing_unpublished_is_in_any_address(town, story):
	project, _evaluation = story
	secret = town.in_step_1(publish_consent=0)
	frappe.db.set_value("Kyodo Proposal", secret, {"title": SECRET, "public_summary": SECRET, "plain_summary": SECRET})
	meeting = town.meeting(secret)
	frappe.db.set_value("Kyodo Agenda Item", {"parent": meeting}, {"subject": SECRET, "notes": SECRET})
	note = {"doctype": "Kyodo Progress Note", "project": project, "kind": "Progress", "side": "City", "note_date": nowdate()}
	for values in ({"may_publish": 1}, {"acknowledged_on": frappe.utils.now()}):
		frappe.get_doc({**note, **values, "subject": SECRET, "note": SECRET}).db_insert()
	_event(town, event_name=SECRET, state="Planned")
	_event(town, event_name=SECRET, audience="City Staff")
	other = town.project()
	frappe.db.set_value("Kyodo Project", other, {"project_name": SECRET, "public_summary": SECRET})
	frappe.db.set_value(
		"Kyodo Organisation", town.other_organisation, {"organisation_name": SECRET, "purpose": SECRET, "publish_profile": 0}
	)
	paths = [resource.address for resource in resources() if "<" not in resource.address]
	with acting("Guest", {}):
		paths += [address.removeprefix("/kyodo").strip("/") for address in sitemap.addresses()]
	assert len(paths) > 20
	for path in {*paths, f"meetings/{meeting}", f"projects/{project}"}:
		status, content, _headers = load(path)
		assert status < 500 and SECRET not in content.decode("utf-8", "replace"), path
		assert SECRET not in content.decode("unicode_escape", "replace"), path


def test_photo_is_public_only_where_its_side_released_it(story):
	project, _evaluation = story
	note = frappe.get_doc(
		{"doctype": "Kyodo Progress Note", "project": project, "kind": "Progress", "side": "City", "note_date": nowdate()}
	)
	note.update({"note": "28人が集まった。", "may_publish": 1, "publish_photos": 1, "acknowledged_on": frappe.utils.now()})
	note.db_insert()
	picture, exif = io.BytesIO(), Image.Exif()
	exif[0x010E] = "35.3192,139.5467"
	Image.new("RGB", (1600, 1200), "navy").save(picture, "JPEG", exif=exif)
	file = frappe.get_doc({"doctype": "File", "file_name": "山田さん.jpg", "content": picture.getvalue(), "is_private": 1})
	file.update({"attached_to_doctype": note.doctype, "attached_to_name": note.name}).insert()
	row = frappe.get_doc({"doctype": "Kyodo Attachment", "parenttype": note.doctype, "parent": note.name, "parentfield": "photos"})
	row.update({"document": "山田さん", "file": file.file_url, "idx": 1}).db_insert()
	address = f"projects/{project}/photos/{row.name}"
	page = visit("Guest", f"projects/{project}")[1]
	assert page.count(f'src="/kyodo/{address}"') == 2 and "山田さん" not in page, "on top, and beside its note"
	assert re.search(rf'og:image" content="https?://[^"]+/kyodo/{address}"', page)
	status, content, headers = load(address)
	assert status == 200 and headers["Content-Type"] == "image/jpeg" and b"35.3192" in picture.getvalue() and b"35.3192" not in content
	assert Image.open(io.BytesIO(content)).size == (1280, 960)
	assert load(f"projects/{project}x/photos/{row.name}")[0] == 404 and load(f"projects/{project}/photos/x")[0] == 404
	for doctype, name, withdrawn in (
		(note.doctype, note.name, {"publish_photos": 0}),
		(note.doctype, note.name, {"may_publish": 0}),
		(note.doctype, note.name, {"acknowledged_on": None}),
		("Kyodo Project", project, {"published": 0}),
	):
		before = frappe.db.get_value(doctype, name, list(withdrawn), as_dict=True)
		frappe.db.set_value(doctype, name, withdrawn)
		assert load(address)[0] == 404 and address not in visit("Guest", f"projects/{project}")[1], withdrawn
		frappe.db.set_value(doctype, name, before)
	assert load(address)[0] == 200


def test_queries_do_not_grow_with_the_records(town):
	def count(path: str) -> int:
		asked, run = [], frappe.db.sql
		frappe.db.sql = lambda *args, **more: (asked.append(args[0]), run(*args, **more))[1]
		try:
			load(path)
		finally:
			frappe.db.sql = run
		return len(asked)

	def add(number: int):
		for _each in range(number):
			name = town.draft(**PUBLIC)
			frappe.db.set_value("Kyodo Proposal", name, {"workflow_state": "Received", "received_on": "2026-11-01 10:00:00"})

	paths = ("feeds/proposals.atom", "calendar.ics", "sitemap.xml", "proposals")
	add(1)
	for path in paths:
		count(path)  # what is cached on the first visit
	before = {path: count(path) for path in paths}
	add(5)
	assert {path: count(path) for path in paths} == before
	assert max(before.values()) < 60, before


def test_feeds_exist_for_every_kind(town):
	for kind in feeds.KINDS:
		feed = ET.fromstring(load(f"feeds/{kind}.atom")[1])
		assert feed.find(f"{ATOM}id").text.endswith(f"/kyodo/feeds/{kind}.atom") and feed.find(f"{ATOM}updated").text
