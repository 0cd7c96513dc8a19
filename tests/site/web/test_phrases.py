"""A city's own words for phrases whose English source was reworded."""

import json

import frappe

from kyodo_frappe.patches import rename_phrases

RENAMED = json.loads(rename_phrases.PHRASES.read_text(encoding="utf-8"))


def reworded(source: str, words: str) -> str:
	doc = frappe.get_doc({"doctype": "Translation", "language": "ja", "source_text": source, "translated_text": words})
	doc.db_insert()  # as it was stored before the source was reworded
	return doc.name


def test_own_words_follow_the_reworded_source(site):
	former, source = next(iter(RENAMED.items()))
	name = reworded(former, "市の言葉")
	rename_phrases.execute()
	assert frappe.db.get_value("Translation", name, "source_text") == source
	rename_phrases.execute()
	assert frappe.db.count("Translation", {"source_text": source}) == 1


def test_words_for_the_new_source_stay(site):
	former, source = next(iter(RENAMED.items()))
	names = reworded(former, "前の言葉"), reworded(source, "今の言葉")
	rename_phrases.execute()
	assert [frappe.db.get_value("Translation", name, "source_text") for name in names] == [former, source]
