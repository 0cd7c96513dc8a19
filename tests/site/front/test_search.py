"""The search: what it finds in every spelling, what it marks and counts, and that nothing unpublished is ever found or shown.

The index of each test is its own file. `saved()` does what a commit would: it indexes what the test has changed.
"""

import re
import time

import frappe
import pytest
from portal_client import visit

from kyodo_frappe.common import fulltext
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front.search_kinds import KINDS, index_programme
from kyodo_frappe.rules.search_text import words_of

PROPOSAL, PROJECT, ORGANISATION = "Kyodo Proposal", "Kyodo Project", "Kyodo Organisation"
MARKED = "防災ずきんの講座"


@pytest.fixture
def saved(tmp_path, monkeypatch):
	monkeypatch.setattr(fulltext, "_path", lambda of: str(tmp_path / f"{of}.sqlite3"))
	fulltext.forget_changes()
	return fulltext._index_waiting


def found(words: str, **chosen) -> list[str]:
	return [name for _kind, name in fulltext.search(words_of(words), chosen).records]


def page(words: str, user: str = "Guest", path: str = "search", **more) -> str:
	status, html = visit(user, path, q=words, **more)
	assert status == 200
	return html


def results(html: str) -> list[str]:
	"""The addresses of the results of a page."""
	return re.findall(r'<li><h2><a href="([^"]+)"', html)


def changed(doctype: str, name: str, **values):
	"""Change a record as a save would, without the rules of its state."""
	doc = frappe.get_doc(doctype, name)
	doc.db_set(values)


def published(town, **values) -> str:
	"""A public proposal."""
	name = town.in_step_1()
	given = {"title": MARKED, "publish_consent": 1, "public_summary": "要約です。", "plain_summary": None}
	changed(PROPOSAL, name, **{**given, **values})
	return name


def announced(town, title: str) -> str:
	"""An event that is open to everybody."""
	event = {"doctype": "Kyodo Event", "event_name": title, "programme": town.programme, "event_kind": "Forum", "audience": "Everybody"}
	name = frappe.get_doc({**event, "held_on": "2030-05-01", "description": "話", "organiser": "City"}).insert().name
	changed("Kyodo Event", name, state="Announced")
	return name


# -- what is found ------------------------------------------------------------------------------


SPELLINGS = (
	("防災訓練をします", "防災"),
	("防災訓練をします", "災訓練"),
	("髙橋さんと﨑山さん", "高橋 崎山"),
	("高橋さん", "髙橋"),
	("ｶﾞｲﾄﾞをつくる", "ガイド"),
	("ガイドをつくる", "がいど"),
	("ＮＰＯと２０２６年", "npo 2026"),
	("子ども・若者", "子ども若者"),
	("森を歩く", "森"),
	("歩くのは森", "森"),
)
APART_OR_ALONE = ("練防", "災訓 練防災", "防練", "の", "が", "a", "", "　")


def test_every_spelling_finds_every_other(town, saved):
	name = published(town, title="題")
	for written, asked in SPELLINGS:
		changed(PROPOSAL, name, public_summary=written)
		saved()
		assert found(asked) == [name], (written, asked)
		assert not found(asked + " どこにもない言葉")
	changed(PROPOSAL, name, public_summary="防災訓練。する。")
	saved()
	for asked in APART_OR_ALONE:
		assert not results(page(asked)), asked


def test_a_longer_word_is_not_its_scattered_pairs(town, saved):
	published(town, public_summary="子ども。どもる。もの会")
	name = published(town, public_summary="子どもの会です")
	saved()
	assert found("子どもの会") == [name]


def test_an_organisation_is_found_by_the_spellings_of_its_legal_form(town, saved):
	changed(ORGANISATION, town.organisation, organisation_name="特定非営利活動法人みどり野", publish_profile=1)
	name = published(town, organisation=town.organisation)
	saved()
	for asked in ("ＮＰＯ法人みどり野", "（特非）みどり野", "特定非営利活動法人みどり野", "みどり野"):
		assert set(found(asked)) == {town.organisation, name}, asked


def test_every_kind_is_found_on_its_page(town, saved):
	word = "かたつむり祭"
	proposal = published(town, public_summary=word)
	project = town.project()
	changed(PROJECT, project, public_summary=word, published=1)
	changed(ORGANISATION, town.organisation, purpose=word, publish_profile=1)
	meeting = town.meeting(proposal)
	event = announced(town, word)
	guide = frappe.get_doc(
		{
			"doctype": "Kyodo Page",
			"page_title": word,
			"programme": town.programme,
			"page_kind": "Manual",
			"audience": "Everybody",
			"body": "本文",
		}
	).insert()
	guide.db_set("published", 1)
	call = {"doctype": "Kyodo Call", "call_name": word, "programme": town.programme, "fiscal_year": 2030, "call_type": "Open"}
	call = frappe.get_doc({**call, "opens_on": "2030-05-01", "closes_on": "2030-06-01", "published": 1}).insert().name
	changed(PROPOSAL, proposal, title=word)
	saved()
	expected = {
		*(f"/kyodo/proposals/{proposal}", f"/kyodo/projects/{project}", f"/kyodo/organisations/{town.organisation}"),
		*(f"/kyodo/meetings/{meeting}", f"/kyodo/events/{event}", f"/kyodo/guide/{guide.name}", f"/kyodo/calls/{call}"),
	}
	assert set(results(page(word))) == expected
	assert set(fulltext.search(words_of(word), {}).facets["kind"]) == {kind.name for kind in KINDS}


# -- what is shown ------------------------------------------------------------------------------


def test_what_was_found_is_marked_in_its_sentence_and_escaped(town, saved):
	name = published(town, title="髙橋<b>の会", public_summary="はじめの文です。<script>alert(1)</script>と髙橋さんの防災。おわり。")
	saved()
	html = page("高橋 防災")
	assert results(html) == [f"/kyodo/proposals/{name}"]
	assert "<mark>髙橋</mark>&lt;b&gt;の会" in html
	assert "&lt;script&gt;alert(1)&lt;/script&gt;と<mark>髙橋</mark>さんの<mark>防災</mark>。" in html
	assert "<script>alert" not in html and "はじめの文" not in html
	assert 'content="noindex"' in html


def test_facets_count_and_narrow(town, saved):
	names = [published(town, fiscal_year=year, section=town.section) for year in (2031, 2031, 2032)]
	project = town.project()
	changed(PROJECT, project, project_name=MARKED, published=1, fiscal_year=2032)
	saved()
	counts = fulltext.search(words_of(MARKED), {}).facets
	assert counts["kind"] == {"proposals": 3, "projects": 1}
	assert counts["year"] == {2031: 2, 2032: 2}
	assert set(found(MARKED, year=2031)) == {*names[:2]}
	assert found(MARKED, year=2032, kind="projects") == [project]
	html = page(MARKED)
	assert '令和13年度 <span\n\tclass="count">（2）</span>' in html
	narrowed = page(MARKED, year="2032", kind="projects")
	assert results(narrowed) == [f"/kyodo/projects/{project}"]
	assert "年度: 令和14年度" in narrowed and "種別: 事業" in narrowed


def test_fields_of_activity_are_those_that_the_organisation_shows(town, saved):
	doc = frappe.get_doc(ORGANISATION, town.organisation)
	codes = {row.activity_field for row in doc.activity_fields}
	published(town)
	changed(ORGANISATION, town.organisation, publish_profile=0)
	saved()
	assert not fulltext.search(words_of(MARKED), {}).facets["field"]
	changed(ORGANISATION, town.organisation, publish_profile=1)
	saved()
	assert set(fulltext.search(words_of(MARKED), {}).facets["field"]) == codes and codes


def test_pages_follow_each_other_and_cost_the_same(town, saved, monkeypatch):
	names = _copies(published(town), 25)
	fulltext.index("proposals", names)
	seen = [address for number in ("1", "2", "3") for address in results(page(MARKED, page=number))]
	assert sorted(seen) == sorted(f"/kyodo/proposals/{name}" for name in names) and len(results(page(MARKED, page="3"))) == 5
	assert not results(page(MARKED, page="4"))
	assert _queries(monkeypatch, lambda: page(MARKED, page="1")) == _queries(monkeypatch, lambda: page(MARKED, page="3"))


def _copies(name: str, count: int) -> list[str]:
	"""Public proposals like one of them, which goes."""
	source = frappe.get_doc(PROPOSAL, name)
	names = [f"{name}-{number:02}" for number in range(count)]
	for other in names:
		copy = frappe.copy_doc(source)
		copy.update({"name": other, "workflow_state": source.workflow_state, "publish_consent": 1, "received_on": source.received_on})
		copy.db_insert()
	frappe.db.set_value(PROPOSAL, name, "publish_consent", 0)
	return names


def _queries(monkeypatch, act) -> int:
	counted = []
	with monkeypatch.context() as patch:
		sql = frappe.db.sql
		patch.setattr(frappe.db, "sql", lambda *args, **kwargs: counted.append(1) or sql(*args, **kwargs))
		act()
	return len(counted)


@pytest.mark.parametrize("year", ["4134709944", "9" * 40, "0", "-5", "9999", "令和"])
def test_what_is_no_year_is_no_fault(town, saved, year):
	for place in ("search", "proposals", "projects", "meetings", "results"):
		assert visit("Guest", place, year=year, q=MARKED)[0] == 200, place
	assert visit(town.support.user, "my/centre/figures", year=year)[0] == 200


def test_nothing_found_offers_what_would_be(town, saved):
	published(town)
	saved()
	html = page("防災頭巾")
	assert "見つかりませんでした。" in html and ">防災（1）</a>" in html
	assert ">講座（1）</a>" in page("講座 どこにもない言葉")


def test_words_of_most_records_are_counted_on_a_sample(town, saved, monkeypatch):
	monkeypatch.setattr(fulltext, "MOST_EXACT", 5)
	monkeypatch.setattr(fulltext, "SAMPLE", 5)
	fulltext.index("proposals", _copies(published(town), 20))
	search = fulltext.search(words_of(MARKED), {}, limit=5)
	assert (search.count, search.about, len(search.records)) == (20, True, 5)
	assert search.facets["kind"] == {"proposals": 20}  # every fifth, times five
	assert "約20件" in page(MARKED)


# -- what is not found --------------------------------------------------------------------------


def test_drafts_and_what_was_not_received_are_not_found(town, saved):
	draft = town.draft()
	changed(PROPOSAL, draft, title=MARKED, publish_consent=1)
	handed_in = town.submitted()
	changed(PROPOSAL, handed_in, title=MARKED, publish_consent=1)
	without_consent = published(town)
	changed(PROPOSAL, without_consent, publish_consent=0)
	saved()
	assert not found(MARKED)
	fulltext.refresh(anew=True)
	assert not found(MARKED)


def test_what_is_withdrawn_is_gone_at_once(town, saved):
	name = published(town)
	saved()
	assert results(page(MARKED)) == [f"/kyodo/proposals/{name}"]
	frappe.db.set_value(PROPOSAL, name, "publish_consent", 0)  # no event tells the index
	html = page(MARKED)
	assert (
		found(MARKED) == [name] and not results(html) and "ずきん" not in re.sub(r'(value|content)="[^"]*"|<(title|h1)>.*?</\2>', "", html)
	)
	changed(PROPOSAL, name, publish_consent=0)
	saved()
	assert not found(MARKED)


def test_words_of_published_minutes_are_found(town, saved):
	meeting = town.meeting(published(town))
	changed("Kyodo Meeting", meeting, workflow_state="Published", minutes_public="1　開会\n会議録だけのことば")
	saved()
	assert found("会議録だけの") == [meeting]


def test_a_word_that_was_removed_finds_nothing_and_is_not_shown(town, saved):
	name = published(town, public_summary="取り消したい言葉")
	saved()
	frappe.db.set_value(PROPOSAL, name, "public_summary", "別の文")
	assert not results(page("取り消したい"))
	changed(PROPOSAL, name, public_summary="また別の文")
	saved()
	assert not found("取り消したい") and found("また別") == [name]


def test_an_organisation_without_consent_is_not_found_even_in_its_proposals(town, saved):
	changed(ORGANISATION, town.organisation, organisation_name="ひみつの会", publish_profile=1)
	name = published(town)
	saved()
	assert set(found("ひみつの会")) == {name, town.organisation}
	changed(ORGANISATION, town.organisation, publish_profile=0)
	saved()
	assert not found("ひみつの会") and found(MARKED) == [name]


def test_fields_that_an_organisation_keeps_to_itself_are_not_searched(town, saved):
	changed(ORGANISATION, town.organisation, representative="隠田 守", publish_profile=1, publish_representative=0)
	saved()
	assert not found("隠田")
	changed(ORGANISATION, town.organisation, publish_representative=1)
	saved()
	assert found("隠田") == [town.organisation]


def test_reasons_of_a_closed_item_are_not_found(town, saved):
	name = published(town)
	meeting = town.in_session(name)
	reasons = [{**row, "reason": "かくれた理由"} for row in cycle_steps.REFUSAL]
	cycle_steps.decide(town.officer, meeting, name, "Not Adopted", reasons=reasons)
	cycle_steps.close(town.officer, meeting)
	saved()
	assert found("かくれた理由", kind="proposals") == [name]
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	frappe.db.set_value("Kyodo Agenda Item", doc.agenda[0].name, {"closed": 1, "legal_ground": "条例第7条"})
	assert not results(page("かくれた理由"))
	doc.run_method("on_change")
	saved()
	assert not found("かくれた理由")


def test_fields_that_no_form_opens_are_not_searched(town, saved):
	published(town, purpose="内輪の目的", needs="内輪の必要")
	saved()
	assert not found("内輪")


def test_a_draft_programme_is_not_searched(town, saved):
	name = published(town)
	saved()
	assert found(MARKED) == [name]
	frappe.db.set_value("Kyodo Programme", town.programme, {"is_draft": 1, "is_active": 0})
	frappe.local.kyodo_drafts = None
	assert not results(page(MARKED))
	index_programme(town.programme)
	assert not found(MARKED)
	frappe.local.kyodo_drafts = None


def test_deleted_and_renamed_records(town, saved):
	doc = frappe.get_doc("Kyodo Event", announced(town, MARKED))
	saved()
	assert found(MARKED) == [doc.name]
	fulltext.after_rename(doc, "after_rename", doc.name, "KEV-2030-9999")
	frappe.db.set_value("Kyodo Event", doc.name, "name", "KEV-2030-9999")
	saved()
	assert found(MARKED) == ["KEV-2030-9999"]
	frappe.db.set_value("Kyodo Event", "KEV-2030-9999", "state", "Planned")  # others are not deleted; no event tells the index
	frappe.delete_doc("Kyodo Event", "KEV-2030-9999", force=True)
	saved()
	assert not found(MARKED)


def test_what_was_rolled_back_is_not_indexed(town, saved):
	fulltext.changed("proposals", ["KP-0"])
	frappe.db.rollback()
	assert not frappe.local.kyodo_search_waiting
	fulltext.changed("proposals", ["KP-1"])
	assert list(frappe.local.kyodo_search_waiting["proposals", None]) == ["KP-1"]


def test_a_broken_index_breaks_no_save(town, saved, monkeypatch):
	def fail(_of):
		raise OSError("no space left")

	monkeypatch.setattr(fulltext, "_writing", fail)
	published(town)
	saved()
	assert not found(MARKED)


# -- what people send ---------------------------------------------------------------------------


SIGNS = (
	*(
		'"防災"',
		"防災*",
		"+防災 -講座",
		"防災 OR 講座",
		"NOT 防災",
		"NEAR(防災 講座)",
		"(防災)",
		"codes:防災",
		"防災%",
		"防_災",
		"~防災 <講座>",
	),
	*("防災' OR '1'='1", "防災; drop table record", "防災\\", "防災\x00", "{防災}", "防災^2"),
)
CONDITIONS = ({"year": "x'; --"}, {"kind": "records"}, {"state": "a' or 1=1"}, {"field": '"'}, {"section": "%"}, {"place": "\x00"})


def test_signs_have_no_meaning_and_conditions_are_values(town, saved):
	name = published(town, public_summary="or not near codes drop table record 11")
	saved()
	letters = fulltext.current("proposals", [name])[0].letters
	for asked in SIGNS:
		assert all(re.fullmatch(r"\w+", word) for word in words_of(asked))
		has_all = all(word in letters for word in words_of(asked) if len(word) > 1)
		assert results(page(asked)) == ([f"/kyodo/proposals/{name}"] if has_all else []), asked
	for more in CONDITIONS:
		assert not results(page(MARKED, **more)), more
	for number in ("-9", "0", "x", ""):
		assert results(page(MARKED, page=number))
	assert found("防災") == [name]  # the index is whole


def test_long_queries_are_bounded(town, saved):
	published(town)
	saved()
	begin = time.process_time()
	html = page(" ".join(["防災ずきん"] * 5000))
	assert time.process_time() - begin < 2
	assert len(html) < 20000
	assert len(words_of("防 " * 1000 + "あ" * 10000)) <= 8 and max(map(len, words_of("あ" * 10000))) <= 40


# -- the portal ---------------------------------------------------------------------------------


def test_a_group_finds_its_drafts_and_nobody_else_does(town, saved):
	draft = town.draft()
	changed(PROPOSAL, draft, title="下書きの題", purpose="うちだけの目的")
	user = town.representative.user
	html = page("うちだけの目的", user, "my/search")
	assert results(html) == [f"/kyodo/my/proposals/{draft}"] and "<mark>うちだけの目的</mark>" in html
	for other in (town.outsider.user, town.support.user, town.officer.user):
		assert not results(page("うちだけの目的", other, "my/search"))
	assert not results(page("うちだけの目的", user))
	assert visit("Guest", "my/search", q="うちだけの目的")[0] == 302


def test_the_portal_searches_projects_too(town, saved):
	project = town.project()
	changed(PROJECT, project, plan="ひみつの計画")
	assert results(page("ひみつの計画", town.representative.user, "my/search")) == [f"/kyodo/my/projects/{project}"]
	assert not results(page("ひみつの計画", town.outsider.user, "my/search"))


# -- the whole index ----------------------------------------------------------------------------


def test_refresh_makes_up_for_what_was_missed(town, saved):
	name, other = published(town), published(town)
	fulltext.forget_changes()
	fulltext.refresh()
	assert set(found(MARKED)) == {name, other}
	frappe.db.set_value(PROPOSAL, name, "publish_consent", 0)
	frappe.db.set_value(PROPOSAL, other, "title", "別の題")
	fulltext.refresh()
	assert not found(MARKED) and found("別の題") == [other]


def test_an_index_of_another_format_is_made_anew(town, saved, monkeypatch):
	name = published(town)
	saved()
	monkeypatch.setattr(fulltext, "FORMAT", 99)
	assert fulltext.is_empty() and not found(MARKED)
	monkeypatch.setattr(fulltext, "_SCHEMA", fulltext._SCHEMA.replace("user_version = 1", "user_version = 99"))
	fulltext.refresh()
	assert found(MARKED) == [name]
