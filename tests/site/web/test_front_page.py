"""The front page: where the year stands, stories, figures; the site's own address, login and missing pages lead to ours."""

import re

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import visit

from kyodo_frappe.demo.clients import RestClient
from kyodo_frappe.front import home
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.web import covers, front_page, words
from kyodo_frappe.workflows.states import EXAMINED, WAITING, WRITING


def stands_at(steps: list[dict]) -> str | None:
	return next((step["key"] for step in steps if step["now"]), None)


# -- the cycle ------------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch, site):
	"""What is counted in the database, set by the test."""
	numbers = {"proposals": {}, "projects": {}}
	monkeypatch.setattr(proposal_public, "counts", lambda programme=None: numbers["proposals"])
	monkeypatch.setattr(project_public, "counts", lambda programme=None: numbers["projects"])
	return numbers


def test_cycle_says_where_the_year_stands(counted):
	call = frappe._dict(open=True, opens_on=nowdate(), closes_on=add_days(nowdate(), 10))
	coming = frappe._dict(open=False, opens_on=add_days(nowdate(), 10), closes_on=add_days(nowdate(), 40))
	near, far = (frappe._dict(meeting_date=add_days(nowdate(), days)) for days in (20, 90))
	assert stands_at(home.cycle([], [], None)) is None
	assert stands_at(home.cycle([coming], [far], None)) is None, "nothing is going on yet"
	assert stands_at(home.cycle([coming, call], [near], None)) == "propose"
	assert stands_at(home.cycle([coming], [near], None)) == "examine"
	counted["projects"] = {WAITING: 3, EXAMINED: 1}
	steps = {step["key"]: step for step in home.cycle([coming], [far], None)}
	assert stands_at(steps.values()) == "carry-out" and "3" in steps["carry-out"]["note"] and "1" in steps["evaluate"]["note"]
	for key, value in (("examine", far.meeting_date), ("propose", coming.opens_on)):
		date = frappe.utils.getdate(value)
		assert re.findall(r"\d+", steps[key]["note"]) == [str(date.month), str(date.day)], key
	counted["projects"][WRITING] = 1
	counted["proposals"] = {EXAMINED: 2}
	assert stands_at(home.cycle([], [], None)) == "talk"


# -- what it shows of the town ----------------------------------------------------------------------


def test_front_page_leads_to_calls_texts_and_search(town):
	values = {"call_name": "まちの図書室", "call_type": "Theme", "fiscal_year": 2026, "published": 1, "frame": 2000000}
	call = town.officer.insert({"doctype": "Kyodo Call", "programme": town.programme, **values})["name"]
	status, page = visit("Guest", "", programme=town.programme)
	assert status == 200
	for link in (f"/kyodo/calls/{call}", "/kyodo/my/proposals/new", "/kyodo/support", "/kyodo/about", "/kyodo/search"):
		assert f'href="{link}' in page, link
	assert 'action="/kyodo/search"' in page and page.count('aria-current="step"') == 1
	assert 'class="bar-rest" width="100.0"' in page, "nothing is granted yet"
	about = visit("Guest", "about", programme=town.programme)[1]
	definition = frappe.db.get_value("Kyodo Programme", town.programme, "definition").splitlines()[0]
	assert frappe.utils.escape_html(definition) in about and frappe.utils.escape_html(definition) not in page


def test_figures_and_stories_are_those_of_public_records(town):
	project = town.project()
	frappe.db.set_value("Kyodo Project", project, {"published": 0})
	before = home.figures(0, town.programme)[1]["number"]
	assert project not in [row.name for row in home.stories(town.programme)]
	frappe.db.set_value("Kyodo Project", project, {"published": 1, "workflow_state": "Running", "plain_summary": "長い要約。" * 40})
	assert home.figures(0, town.programme)[1]["number"] == before + 1
	story = next(row for row in home.stories(town.programme) if row.name == project)
	assert len(story.summary) == home.SUMMARY_LENGTH + 1
	assert home.figures(0, "no such programme")[1]["number"] == 0


def test_queries_do_not_grow_with_the_records(town, monkeypatch):
	def queries() -> int:
		asked, ask = [], frappe.db.sql
		monkeypatch.setattr(frappe.db, "sql", lambda *args, **more: asked.append(args) or ask(*args, **more))
		visit("Guest", "", programme=town.programme)
		monkeypatch.setattr(frappe.db, "sql", ask)
		return len(asked)

	def call(number: int):
		frappe.get_doc(
			{
				"doctype": "Kyodo Call",
				"programme": town.programme,
				"call_name": f"募集{number}",
				"call_type": "Theme",
				"fiscal_year": 2026,
				"published": 1,
			}
		).insert()

	call(0)
	queries()
	before = queries()
	for number in range(1, 4):
		call(number)
	queries()  # a new call is read into the cache
	assert queries() <= before + 2


# -- icons and covers -------------------------------------------------------------------------------


def test_covers_are_the_same_each_time_and_every_field_has_its_icon(site):
	options = frappe.get_meta(covers.FIELD).get_field("icon").options.split("\n")
	assert all(covers.icon(name) for name in options if name), "each is shipped"
	for field in frappe.get_all(covers.FIELD, pluck="name", order_by="name"):
		art = covers.cover_art(field, "食堂をひらく")
		assert art == covers.cover_art(field, "食堂をひらく") and art["icon"]
	assert covers.cover_art("01", "a")["shapes"] != covers.cover_art("01", "b")["shapes"]
	assert covers.cover_art("", "a")["icon"] == covers.cover_art("no such field", "a")["icon"]
	with pytest.raises(KeyError):
		covers.icon("no-such-icon")
	assert 'aria-label="&lt;b&gt;"' in covers.icon("search", "<b>")


def test_headings_break_between_phrases_and_are_escaped(site):
	broken = str(words.phrases("市民団体と市が、いっしょに考えます。<b>"))
	assert "<wbr>" in broken and "&lt;b&gt;" in broken and "<b>" not in broken
	assert broken.replace("<wbr>", "") == "市民団体と市が、いっしょに考えます。&lt;b&gt;"
	assert str(words.phrases("「やりたい」を市と")).startswith(f"「やりたい」{words.WORD_JOINER}を"), "a bracket keeps its particle"
	assert str(words.phrases(None)) == str(words.phrases("")) == ""


# -- the site's own address ---------------------------------------------------------------------------


@pytest.fixture
def home_page(site):
	"""A function that sets the home page of the site for other connections, too."""
	before = frappe.db.get_single_value(front_page.SETTINGS, front_page.FIELD)

	def choose(address: str | None):
		front_page._set(address or "")
		frappe.db.commit()

	yield choose
	frappe.db.rollback()
	choose(before)


def test_site_leads_to_our_pages_while_ours_is_the_front_page(home_page):
	home_page(front_page.ADDRESS)
	guest = RestClient(frappe.local.site)
	status, page = guest.page("/")
	assert status == 200 and 'class="site-header"' in page
	status, page = guest.page("/no-such-page-" + frappe.generate_hash(length=6))
	assert status == 404 and 'class="site-header"' in page and 'href="/kyodo"' in page
	assert guest.page("/login")[0] == 302
	assert 'class="site-header"' not in guest.page("/login?redirect-to=/app")[1], "the city's staff have all ways to log in"
	home_page("about")
	status, page = guest.page("/no-such-page-" + frappe.generate_hash(length=6))
	assert status == 404 and 'class="site-header"' not in page
	assert guest.page("/login")[0] == 200


def test_home_page_is_taken_on_a_site_of_our_own_and_given_back(site, monkeypatch):
	monkeypatch.setattr(frappe, "get_installed_apps", lambda *args, **more: ["frappe", "kyodo_frappe"])
	front_page._set("")
	front_page.take()
	assert front_page.is_ours()
	front_page.give_back()
	assert not front_page.is_ours()
	front_page._set("welcome")
	front_page.take()
	front_page.give_back()
	assert frappe.db.get_single_value(front_page.SETTINGS, front_page.FIELD) == "welcome", "the city's own choice"
	front_page._set("")
	monkeypatch.setattr(frappe, "get_installed_apps", lambda *args, **more: ["frappe", "kyodo_frappe", "erpnext"])
	front_page.take()
	assert not front_page.is_ours()
	frappe.db.rollback()
