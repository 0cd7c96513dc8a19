"""Attempts to get around the rules of a programme: simultaneous acts, files, figures, calls."""

import contextlib
import contextvars
import json
import threading

import frappe
import pytest

from kyodo_frappe.common.errors import InvalidRequest
from kyodo_frappe.common.request_json import document
from kyodo_frappe.programme import call_budget, calls
from kyodo_frappe.programme import file as programme_file
from kyodo_frappe.programme import year as programme_year
from kyodo_frappe.programme.errors import CallBudgetExceeded, InvalidPreset, InvalidProgrammeFile, OneProposalPerOrganisation
from kyodo_frappe.proposals import paper_forms
from kyodo_frappe.proposals.errors import CallNotAvailable

CALL, PROPOSAL, DECISION = "Kyodo Call", "Kyodo Proposal", "Kyodo Decision"


def elsewhere(act):
	"""Do something in another connection and commit it, while this one goes on with what it has seen."""
	failed = []

	def work(site):
		frappe.init(site)
		frappe.connect()
		try:
			act()
			frappe.db.commit()
		except Exception as error:
			failed.append(error)
		finally:
			frappe.destroy()

	# a context of its own: Frappe keeps the request in it
	thread = threading.Thread(target=contextvars.Context().run, args=(work, frappe.local.site))
	thread.start()
	thread.join()
	assert not failed, failed


def call_of(town, **more) -> str:
	values = {"call_name": "募集", "programme": town.programme, "call_type": "Open", "published": 1, "fiscal_year": 2026, **more}
	return town.officer.insert({"doctype": CALL, **values})["name"]


def granted(proposal: str, amount: int):
	values = {"proposal": proposal, "result": "Adopted", "amount": amount, "docstatus": 0}
	frappe.get_doc({"doctype": DECISION, **values}).db_insert()


def test_simultaneous_submissions_decisions_and_plans(real_town):
	"""What another connection has committed counts, also when this one began before."""
	town = real_town
	name = call_of(town, frame=1000, one_per_organisation=1)
	first, second = town.draft(call=name), town.draft(call=name)
	frappe.db.commit()
	try:
		assert not calls.obstacles(frappe.get_doc(PROPOSAL, second)) and call_budget.budgets([name])[name].left == 1000
		elsewhere(lambda: frappe.db.set_value(PROPOSAL, first, "workflow_state", "Submitted"))
		assert not calls.obstacles(frappe.get_doc(PROPOSAL, second)), "this one has not seen it"
		with pytest.raises(OneProposalPerOrganisation):
			calls.check_one_per_organisation(frappe.get_doc(PROPOSAL, second))
		frappe.db.rollback()
		frappe.db.set_value(PROPOSAL, second, "workflow_state", "Received")  # both are in: as two calls have it
		frappe.db.commit()
		wanted = frappe.get_doc({"doctype": DECISION, "proposal": second, "proposal_title": "二つ目", "result": "Adopted", "amount": 600})
		call_budget.check_budget(wanted)
		frappe.db.commit()
		assert call_budget.budgets([name])[name].left == 1000
		elsewhere(lambda: granted(first, 500))
		assert call_budget.budgets([name])[name].left == 1000, "this one has not seen it"
		with pytest.raises(CallBudgetExceeded, match="100"):
			call_budget.check_budget(wanted)
		frappe.db.rollback()
		# the plan of a year, made by two officers
		assert not frappe.db.exists(CALL, {"programme": town.programme, "fiscal_year": 2090})
		elsewhere(lambda: programme_year.make_calls(town.programme, 2090))
		assert programme_year.make_calls(town.programme, 2090) == []
	finally:
		frappe.db.rollback()
		frappe.db.delete(DECISION, {"proposal": ["in", [first, second]]})
		frappe.db.commit()


def test_figures_of_a_call_are_for_the_office_only(town):
	"""Grants that are noted and not announced, what competitors ask for, calls in preparation."""
	name, hidden = call_of(town, frame=1000), call_of(town, call_name="準備中の募集", published=0)
	with pytest.raises(frappe.PermissionError):
		town.section_officer.call("kyodo_frappe.programme.call_budget.frame_of", call=name)
	for client in (town.representative, town.members["npo1"], town.support):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.programme.call_budget.frame_of", call=name)
		with client:
			listed = frappe.get_list(CALL, pluck="name", order_by="name", limit_page_length=0)
		assert name in listed and hidden not in listed
		with pytest.raises(frappe.PermissionError):
			client.read(CALL, hidden)
	assert town.officer.call("kyodo_frappe.programme.call_budget.frame_of", call=name)["frame"] == 1000
	with town.section_officer:
		assert hidden in frappe.get_list(CALL, pluck="name", order_by="name", limit_page_length=0)
	with pytest.raises(frappe.PermissionError):
		town.section_officer.insert(
			{"doctype": CALL, "call_name": "自分の募集", "programme": town.programme, "call_type": "Open", "fiscal_year": 2026}
		)
	with pytest.raises(frappe.PermissionError):
		town.section_officer.update(CALL, name, {"frame": 10**9})


def test_rules_that_bind_are_not_forged(town):
	"""Who handed in keeps the rules it was handed in under; a call is of one's own programme and published."""
	proposal = town.submitted()
	version = frappe.db.get_value(PROPOSAL, proposal, "programme_version")
	assert version
	other = frappe.copy_doc(frappe.get_doc("Kyodo Programme", town.programme))
	other.update({"programme_name": f"別の制度 {town.tag}", "preset": None, "pass_mark": 1})
	other.insert(ignore_permissions=True)  # the test's own
	foreign = call_of(town, programme=other.name)
	for client in (town.representative, town.officer):
		for values in ({"programme_version": "KPV-00000"}, {"programme": other.name}, {"call": foreign}):
			with contextlib.suppress(frappe.ValidationError, frappe.PermissionError):
				client.update(PROPOSAL, proposal, values)
			stored = frappe.db.get_value(PROPOSAL, proposal, ["programme_version", "programme", "call"])
			assert stored == (version, town.programme, None), values
	draft = town.draft()
	for values in ({"call": foreign}, {"call": call_of(town, published=0)}):
		with pytest.raises(CallNotAvailable):
			town.representative.update(PROPOSAL, draft, values)
	for client in (town.manager, town.officer):
		for act in (
			lambda client=client: client.update("Kyodo Programme Version", version, {"rules": "{}"}),
			lambda client=client: client.insert(
				{"doctype": "Kyodo Programme Version", "programme": town.programme, "number": 99, "rules": "{}"}
			),
		):
			with pytest.raises(frappe.PermissionError):
				act()


DEEP = "[" * 100_000


@pytest.mark.parametrize(
	"programme",
	[
		{"programme_name": {"a": 1}},
		{"programme_name": "x", "forms": 5},
		{"programme_name": "x", "forms": [5]},
		{"programme_name": "x", "forms": [{}]},
		{"programme_name": [{"a": 1}]},
		{"programme_name": "x", "forms": ["form_name"]},
		{"programme_name": "x", "forms": [{"form_name": ["x"]}]},
		{"programme_name": "x", "doctype": "User"},
		{"programme_name": "x", "flags": {"ignore_permissions": 1}},
	],
)
def test_malformed_programme_files_are_refused(town, programme):
	with pytest.raises((InvalidPreset, InvalidProgrammeFile)):
		programme_file.read(json.dumps({"source": "x", "programme": programme}))
	for part in ("sections", "committees", "pages"):
		with pytest.raises((InvalidPreset, InvalidProgrammeFile)):
			programme_file.read(json.dumps({"programme": {"programme_name": "x"}, part: [programme]}))


def test_deeply_nested_json_is_refused(town):
	for read in (programme_file.read, document):
		with pytest.raises((InvalidRequest, InvalidProgrammeFile)):
			read(DEEP)


def test_paper_form_hides_an_unpublished_address_from_the_committee(town):
	name = town.in_step_1()
	frappe.db.set_value("Kyodo Organisation", town.organisation, {"address": "見本市秘密町1-2-3", "publish_address": 0})
	town.meeting(name)
	member = town.members["npo1"]
	for client, sees in ((member, False), (town.officer, True), (town.representative, True)):
		with client:
			form = paper_forms.paper_form(frappe.get_doc(PROPOSAL, name))
		assert ("秘密町" in str(form)) is sees, client.user
	frappe.db.set_value("Kyodo Organisation", town.organisation, "publish_address", 1)
	with member:
		assert "秘密町" in str(paper_forms.paper_form(frappe.get_doc(PROPOSAL, name)))
