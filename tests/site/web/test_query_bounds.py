"""How much a page asks of the database: numbers that hold for any number of records (issue 18), the indexes that make them quick, and
counts that are kept as long as they are right."""

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import visit

from kyodo_frappe.common import indexes, whole_records
from kyodo_frappe.common.queries import among, page_of
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import own_record_kinds, pending_work, today
from kyodo_frappe.learning import registrations
from kyodo_frappe.permissions import gate
from kyodo_frappe.permissions.reading_cache import while_reading
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.workflows import tallies

PROPOSAL = "Kyodo Proposal"
# {page: (queries, rows that the database reads for them)} of a page that has been opened before
BOUNDS = {
	**dict.fromkeys(("proposals", "projects", "organisations", "meetings", "events", "results"), (12, 400)),
	"": (30, 500),
	"calls": (16, 200),
	"support": (16, 400),
	"search?q=提案": (16, 200),
	**dict.fromkeys(("about", "figures", "guide", "data"), (8, 60)),
}
BOUNDS_OF_CENTRE = {"": (20, 600), **dict.fromkeys(("/cases", "/needs", "/people", "/surveys", "/figures", "/events"), (12, 300))}


def queries(work) -> list[str]:
	"""What `work` asks when it is done for the second time."""
	return cost(work)[0]


def cost(work) -> tuple[list[str], int]:
	"""(what `work` asks when it is done for the second time, how many rows the database reads for it)"""
	work()
	before, asked = frappe.db.sql, []
	frappe.db.sql = lambda *args, **kwargs: (asked.append(str(args[0])[:150]), before(*args, **kwargs))[1]
	rows = rows_read(before)
	try:
		work()
	finally:
		frappe.db.sql = before
	# one question is Frappe 16's
	return [query for query in asked if "FROM `tabDocShare`" not in query], rows_read(before) - rows


def rows_read(sql) -> int:
	"""The rows that the session has read so far."""
	return sum(int(value) for _name, value in sql("show session status like 'Handler_read%'"))


def public_proposal(town, number: int) -> str:
	name = cycle_steps.draft(
		town.representative, town.programme, town.organisation, f"提案{number}", publish_consent=1, section=town.section
	)
	received = {"workflow_state": "Received", "fiscal_year": 2026, "received_on": f"2026-05-{1 + number // 2:02} 09:00:00"}
	frappe.db.set_value(PROPOSAL, name, received)
	return name


def test_pages_ask_no_more_than_this(town):
	public_proposal(town, 1)
	for address, (most_queries, most_rows) in BOUNDS.items():
		path, _mark, query = address.partition("?")
		asked, rows = cost(lambda path=path, query=query: visit("Guest", path, **dict([query.split("=")] if query else [])))
		assert len(asked) <= most_queries, (address, asked)
		assert rows <= most_rows, (address, rows)


def test_pages_of_the_portal_ask_no_more_than_this(town):
	name = town.submitted()
	asked, _rows = cost(lambda: visit(town.representative.user, f"my/proposals/{name}"))
	assert len(asked) <= 30, asked


def test_pages_of_the_centre_ask_no_more_than_this(town):
	for page, (most_queries, most_rows) in BOUNDS_OF_CENTRE.items():
		asked, rows = cost(lambda page=page: visit(town.support.user, f"my/centre{page}"))
		assert len(asked) <= most_queries, (page, asked)
		assert rows <= most_rows, (page, rows)


def test_an_address_with_many_registrations_costs_no_more(town):
	user, events = town.representative.user, [f"{town.tag}-{number:03}" for number in range(200)]
	columns = ["name", "event", "user", "email", "state"]
	there = while_reading()(lambda: own_record_kinds.there(user))  # as a page asks it
	kinds = cost(there)[1]
	frappe.db.bulk_insert("Kyodo Event Registration", columns, [(name, name, user, user, "Registered") for name in events])
	assert registrations.events_of_user(user, [events[0], "none"]) == {events[0]}
	rows = cost(there)[1]
	# the database's statistics of new rows vary: some entries of an index more, but none of the registrations one by one
	assert rows <= kinds + len(events) // 2 and own_record_kinds.EVENTS in there()


def test_a_list_of_own_events_shows_those_ahead_and_the_last_hundred(town):
	user = town.representative.user
	events = [f"{town.tag}-{number:03}" for number in range(200)]
	day = lambda number: add_days(nowdate(), 7 if number == 0 else number - 600)  # only the event announced first lies ahead
	held = [(event, event, "Announced", day(number), "Everybody") for number, event in enumerate(events)]
	frappe.db.bulk_insert("Kyodo Event", ["name", "event_name", "state", "held_on", "audience"], held)
	own = [(event, event, user, user, "Registered") for event in events]
	frappe.db.bulk_insert("Kyodo Event Registration", ["name", "event", "user", "email", "state"], own)
	shown = [row.event for row in registrations.list_for_user(user)]
	assert shown == [events[0], *reversed(events[-registrations.MOST + 1 :])]


def test_conditions_that_a_list_makes_anyway_are_left_to_it(town):
	work = {one.id: one for one in pending_work.PENDING_WORK}
	with town.officer:
		source = {name: str(today._source(work[name]).query.select("name")) for name in ("receive", "early_start")}
	assert "intake" not in source["receive"], "an index of the states answers it"
	assert "intake" in source["early_start"], "drafts are not for the office"


def test_a_record_that_is_shown_is_read_in_two_queries(town):
	for doctype, name in ((PROPOSAL, town.submitted()), ("Kyodo Meeting", town.meeting(town.in_step_1())), (PROPOSAL, "none")):
		found = []
		asked, _rows = cost(lambda doctype=doctype, name=name: found.append(whole_records.read(doctype, name)))
		if name == "none":
			assert found[-1] is None
			continue
		own, frappes = found[-1].as_dict(), frappe.get_doc(doctype, name).as_dict()
		assert {key: repr(value) for key, value in own.items() if key in frappes} == {
			key: repr(frappes[key]) for key in own if key in frappes
		}
		assert len(asked) == 2 and any(own[df.fieldname] for df in frappe.get_meta(doctype).get_table_fields())


def test_the_gate_reads_a_record_without_its_tables(town):
	name = town.submitted()
	with town.officer:
		asked = queries(lambda: gate._require_permission({PROPOSAL}, name, "read"))
		with pytest.raises(frappe.PermissionError):
			gate._require_permission({PROPOSAL}, "none", "read")
	assert len([query for query in asked if f"tab{PROPOSAL}" in query]) == 1, asked
	with town.outsider, pytest.raises(frappe.PermissionError):
		gate._require_permission({PROPOSAL}, name, "read")


def test_no_names_are_no_records(town):
	town.submitted()
	assert frappe.db.count(PROPOSAL, {"previous_proposal": ["is", "not set"]})
	assert frappe.get_all(PROPOSAL, {"previous_proposal": among([])}, order_by="name") == []
	asked = str(frappe.get_all(PROPOSAL, {"name": among([])}, order_by="name", run=False)).lower()  # 16 returns a query
	assert "coalesce" not in asked and "ifnull" not in asked


def test_what_waits_in_a_state_is_read_in_the_order_of_an_index():
	assert indexes.gives_order(PROPOSAL, {"workflow_state"}, "submitted_on")
	assert not indexes.gives_order(PROPOSAL, set(), "submitted_on") and not indexes.gives_order(PROPOSAL, {"workflow_state"}, "title")
	assert not indexes.gives_order("Kyodo Meeting", set(), "meeting_date")  # that would follow all days


def test_a_page_is_the_same_from_either_end(town):
	for number in range(5):
		public_proposal(town, number)
	filters = proposal_public.public_filters()
	everything = frappe.get_all(PROPOSAL, filters, pluck="name", order_by="received_on desc, name desc")
	order, total = [("received_on", "desc"), ("name", "desc")], len(everything)
	for start in range(total + 1):
		rows = page_of(PROPOSAL, filters, ["name", "title"], order, start, 2, total)
		assert [row.name for row in rows] == everything[start : start + 2]


def test_counts_are_those_of_the_database(town):
	public_proposal(town, 1)
	filters = proposal_public.public_filters()
	assert tallies.count(PROPOSAL, filters) == frappe.db.count(PROPOSAL, filters) > 0
	assert tallies.years(PROPOSAL, filters)[0] >= 2026
	assert tallies.count(PROPOSAL, {**filters, "fiscal_year": 1999}) == 0
	by_state = tallies.by_state(PROPOSAL, filters)
	assert by_state["Received"] == frappe.db.count(PROPOSAL, {**filters, "workflow_state": "Received"})
	assert sum(by_state.values()) == tallies.count(PROPOSAL, filters)


def test_a_kept_count_is_right_at_once_after_a_change(town, monkeypatch):
	name, filters = public_proposal(town, 1), proposal_public.public_filters()
	monkeypatch.setattr(frappe.db, "transaction_writes", 0)  # as if it were committed
	before = tallies.count(PROPOSAL, filters)
	assert not [query for query in queries(lambda: tallies.count(PROPOSAL, filters)) if "COUNT" in query.upper()]
	frappe.db.set_value(PROPOSAL, name, "publish_consent", 0)
	monkeypatch.setattr(frappe.db, "transaction_writes", 0)
	assert tallies.count(PROPOSAL, filters) == before - 1


def test_a_count_is_not_kept_for_others_before_the_commit(town):
	key = "test-before-the-commit"
	public_proposal(town, 1)
	assert frappe.db.transaction_writes
	assert [tallies.kept(key, (PROPOSAL,), lambda value=value: value) for value in (1, 2)] == [1, 2]


@pytest.mark.parametrize("doctype", indexes.INDEXES)
def test_indexes_are_there(site, doctype):
	found: dict[str, list[str]] = {}
	for row in frappe.db.sql(f"show index from `tab{doctype}`", as_dict=True):
		found.setdefault(row.Key_name, []).append(row.Column_name)
	assert set(indexes.INDEXES[doctype]) <= {tuple(columns) for columns in found.values()}
