"""Keep a city's own words for phrases whose English source has been reworded.

`renamed_phrases.json`: {former source: source}. Where the city has words for the new source already, both stay as they are.
"""

import json
from pathlib import Path

import frappe

PHRASES = Path(__file__).with_name("renamed_phrases.json")
TRANSLATION = "Translation"


def execute():
	"""Point the city's Translations at the reworded sources. Their placeholders are the same, so that nothing is validated anew."""
	renamed = json.loads(PHRASES.read_text(encoding="utf-8"))
	fields = ["name", "source_text", "language"]
	for row in frappe.get_all(TRANSLATION, {"source_text": ["in", list(renamed)]}, fields, order_by="creation"):
		source = renamed[row.source_text]
		if not frappe.db.exists(TRANSLATION, {"source_text": source, "language": row.language}):
			frappe.db.set_value(TRANSLATION, row.name, "source_text", source)
