"""The mayor is said once: programmes take the sender of most of their letters, and the rows that say the same become empty."""

from collections import Counter

import frappe

from kyodo_frappe.programme import presets

PROGRAMME, ROW = "Kyodo Programme", "Kyodo Letter Numbering"


def execute():
	for programme in frappe.get_all(PROGRAMME, {"mayor_title": ["is", "not set"]}, ["name", "preset"], order_by="name"):
		rows = frappe.get_all(ROW, {"parent": programme.name, "parenttype": PROGRAMME}, ["name", "sender"], order_by="idx")
		senders = Counter(row.sender.strip() for row in rows if (row.sender or "").strip())
		if not senders:
			continue
		mayor = senders.most_common(1)[0][0]
		with presets.keep_mark(programme.preset, programme.name, "letter_numbering"):
			frappe.db.set_value(PROGRAMME, programme.name, "mayor_title", mayor, update_modified=False)
			for row in rows:
				if (row.sender or "").strip() == mayor:
					frappe.db.set_value(ROW, row.name, "sender", None, update_modified=False)
			frappe.clear_document_cache(PROGRAMME, programme.name)
