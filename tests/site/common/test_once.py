"""What a process of tests remembers (tests/once.py) is what the libraries would work out anew."""

import frappe
import pytest
from jinja2 import Environment

QUERIES = (
	"select * from `tabUser` where name = 'Administrator'",
	"select name, creation, idx, length(name) as `long` from `tabDocType` order by name limit 3",
	"select cast('2026-04-01' as date), 1.5, null, 'あ', x'00ff' from dual",
	"select name from `tabDocType` where name = 'no such'",
)


@pytest.mark.parametrize("query", QUERIES)
def test_columns_are_those_that_the_driver_reads(site, monkeypatch, query):
	connections = pytest.importorskip("pymysql.connections", reason="Frappe 16 has another driver")
	cursor = frappe.db._conn.cursor()

	def answer():
		cursor.execute(query)
		return cursor.description, cursor.fetchall()

	remembered = [answer() for _twice in range(2)]
	monkeypatch.setattr(connections.MySQLResult, "_get_descriptions", connections.MySQLResult._get_descriptions.__wrapped__)
	assert remembered == [answer()] * 2


def test_template_is_rendered_with_what_it_is_given_each_time(site):
	def rendered(word: str, filters: dict) -> str:
		environment = Environment()
		environment.filters.update(filters)
		return environment.from_string("{{ word }} {{ 'a' | upper }}").render(word=word)

	assert [rendered("一", {}), rendered("二", {}), rendered("三", {"another": str})] == ["一 A", "二 A", "三 A"]
