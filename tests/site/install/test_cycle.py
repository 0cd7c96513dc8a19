"""The acceptance walk `kyodo cycle`, over the site's own HTTP application."""

import frappe

from kyodo_frappe.demo.cycle import Cycle
from kyodo_frappe.demo.ledger import existing_names


def test_cycle_completes_and_leaves_nothing_behind(site):
	before = existing_names()
	lines = []
	steps = Cycle(log=lines.append).run()
	assert steps == len(lines) >= 40
	frappe.db.rollback()
	assert existing_names() == before, "the walk leaves nothing behind"
