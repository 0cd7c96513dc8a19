"""The acceptance walk that an outsider calls, over the site's own HTTP application."""

import frappe

from kyodo_frappe.demo.cycle import Cycle
from kyodo_frappe.demo.ledger import existing_names


def test_one_proposal_goes_the_whole_way_and_one_comes_back(site):
	before = existing_names()
	lines = []
	steps = Cycle(log=lines.append).run()
	assert steps == len(lines) >= 40
	frappe.db.rollback()
	assert existing_names() == before, "the walk leaves nothing behind"
