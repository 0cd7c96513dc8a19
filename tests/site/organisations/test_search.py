"""Organisations are found in every spelling: on the portal, in link fields, among duplicates, and by the patch for existing records."""

import frappe
import pytest
from frappe.desk import search as frappe_search

from kyodo_frappe.common.search import link_query
from kyodo_frappe.organisations import duplicates, public
from kyodo_frappe.patches import search_keys

DOCTYPE = "Kyodo Organisation"
SPELLINGS = [
	("検証髙橋文庫の会", "検証高橋文庫"),
	("検証高橋文庫の会", "検証髙橋文庫"),
	("検証﨑の会", "検証崎の会"),
	("検証⻲⼾ふれあい会", "検証亀戸ふれあい会"),
	("検証葛󠄀城囃子", "検証葛城囃子"),
	("特定非営利活動法人 検証みどり", "NPO法人検証みどり"),
	("ＮＰＯ法人　検証みどり", "特定非営利活動法人検証　みどり"),
	("検証ガーデンの会", "検証ｶﾞｰﾃﾞﾝの会"),
	("検証ABCの会", "検証ＡＢＣの会"),
	("検証の 海の会", "検証の海の会"),
]


@pytest.mark.parametrize("name, typed", SPELLINGS)
def test_every_spelling_finds_an_organisation(town, name, typed):
	made = frappe.get_doc({"doctype": DOCTYPE, "organisation_name": name}).insert().name
	frappe.db.set_value(DOCTYPE, made, {**_published(), "programme": town.programme})
	found, total = public.organisations(typed)
	assert [row.organisation_name for row in found] == [name] and total == 1
	with town.officer:
		assert [row["value"] for row in _linked(typed)] == [made]
	assert public.organisations("検証ほかの会") == ([], 0)


def _published() -> dict:
	return {"workflow_state": "Registered", "registered_on": "2026-04-01", "valid_until": "2099-03-31", "publish_profile": 1}


def _linked(typed: str, doctype: str = DOCTYPE) -> list[dict]:
	"""What a link field of the desk offers; the response where this version of Frappe puts it."""
	found = frappe_search.search_link(doctype, typed)
	return found if found is not None else frappe.response["results"]


def test_link_field_finds_by_reading_and_shows_the_name(town):
	made = frappe.get_doc({"doctype": DOCTYPE, "organisation_name": "検証㐂楽会", "organisation_kana": "ケンショウキラクカイ"}).insert()
	with town.officer:
		for typed in ("けんしょうきらく", "ｹﾝｼｮｳｷﾗｸ", "検証喜楽", made.name):
			offered = _linked(typed)
			assert [(row["value"], row["label"]) for row in offered] == [(made.name, "検証㐂楽会")], typed
			assert "ケンショウキラクカイ" in offered[0]["description"]


def test_proposals_and_projects_are_found_by_every_spelling_of_their_titles(town):
	project = town.project()
	proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
	for doctype, name, fieldname in (("Kyodo Proposal", proposal, "title"), ("Kyodo Project", project, "project_name")):
		doc = frappe.get_doc(doctype, name)
		doc.set(fieldname, "検証髙﨑ｶﾌｪの事業")
		doc.run_method("before_validate")
		doc.db_set({fieldname: doc.get(fieldname), "search_key": doc.search_key})
		with town.officer:
			for typed in ("検証高崎カフェ", "検証髙﨑 かふぇ", name):
				assert [row["value"] for row in _linked(typed, doctype)] == [name], (doctype, typed)
	with town.outsider:
		assert not _linked("検証高崎カフェ", "Kyodo Proposal")
	with town.officer, pytest.raises(frappe.PermissionError):
		link_query("User", "a")


def test_link_field_offers_only_what_the_user_may_read(town):
	frappe.get_doc({"doctype": DOCTYPE, "organisation_name": "検証秘密の会"}).insert()
	with town.outsider:
		assert not link_query(DOCTYPE, "検証秘密")
	with town.officer:
		filtered = link_query(DOCTYPE, "検証秘密", filters={"workflow_state": "Registered"}, as_dict=True)
		assert not filtered and len(link_query(DOCTYPE, "検証秘密", as_dict=True)) == 1


def test_spellings_of_one_name_are_suspected_duplicates(town):
	one, other = (frappe.get_doc({"doctype": DOCTYPE, "organisation_name": name}).insert() for name in ("NPO法人検証髙﨑会", "検証高崎会"))
	with town.officer:
		assert [(row.name, row.same) for row in duplicates.candidates(one.name)] == [(other.name, "name_key")]


def test_patch_gives_existing_organisations_their_keys(town):
	made = frappe.get_doc({"doctype": DOCTYPE, "organisation_name": "検証髙﨑会"}).insert()
	keys = made.search_key, made.name_key
	before = frappe.db.get_value(DOCTYPE, made.name, "modified")
	frappe.db.set_value(DOCTYPE, made.name, {"search_key": "検証髙﨑会", "name_key": "検証髙﨑会"}, update_modified=False)
	for _run in range(2):
		search_keys.execute()
		assert frappe.db.get_value(DOCTYPE, made.name, ["search_key", "name_key", "modified"]) == (*keys, before)
