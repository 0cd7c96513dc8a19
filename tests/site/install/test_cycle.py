"""The acceptance walk that an outsider calls, over the site's own HTTP application."""

import frappe

from kyodo_frappe.demo.cycle import Cycle
from kyodo_frappe.demo.ledger import _names


def test_one_proposal_goes_the_whole_way_and_one_comes_back(site):
	before = _names()
	lines = []
	steps = Cycle(say=lines.append).run()
	assert steps == len(lines) >= 40
	frappe.db.rollback()
	assert _names() == before, "the walk leaves nothing behind"
