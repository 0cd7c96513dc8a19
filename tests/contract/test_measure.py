"""`./kyodo measure --size`: what it asks, and the table that it writes."""

import importlib.util
import re
from pathlib import Path

import pytest

from host import sizes

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kyodo_frappe"
PRIVATE = ("my", "join", "login", "password", "registration")


@pytest.fixture(scope="module")
def places():
	spec = importlib.util.spec_from_file_location("places", CHECKOUT / sizes.PLACES)
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


def test_every_public_page_and_report_is_measured(places):
	asked = {place.address.partition("?")[0].rstrip("/") for place in places.PLACES}
	declared = {
		address for file in PACKAGE.rglob("*.py") for address in re.findall(r'\bPage\("([^"<]*)"', file.read_text(encoding="utf-8"))
	}
	public = {f"/kyodo/{address}".rstrip("/") for address in declared if address.split("/")[0] not in PRIVATE}
	assert public <= asked
	assert len({place.name for place in places.PLACES}) == len(places.PLACES), "a figure is found by the name of its place"


def test_addresses_name_records_that_are_declared(places):
	named = {name for place in places.PLACES for name in re.findall(r"\{(\w+)\}", place.address)}
	assert named <= places.NAMES.keys()


def figures(small: float, large: float, **more) -> dict:
	one = {"queries": 12, "rows": 40, "bytes": 25600}
	ratio = sizes.ratio(large, small)
	return {"group": "public", "small": {"ms": small, **one}, "large": {"ms": large, **one}, "ratio": ratio, **more}


def test_a_table_takes_the_place_of_the_last_one(tmp_path):
	result = {
		"taken_at": "2031-04-01T09:00:00+0900",
		"proposals": {"small": 100, "large": 100_000},
		"machine": {"processors": 2, "kind": "x86_64", "load": 1.0},
		"places": {"/kyodo": figures(40, 50, to_sql=2.5), "form: proposal": figures(40, 50, frappes_queries=9)},
		"bare": {"insert": figures(10, 10)},
		"memory_mb": {"before": {"small": 90, "large": 91}, "after": {"small": 100, "large": 101}},
		"people": {
			"people": 50,
			"seconds": 120,
			"requests": 1500,
			"errors": 0,
			"error_percent": 0.0,
			"ms_50": 80,
			"ms_95": 300,
			"ms_99": 700,
		},
	}
	file = tmp_path / "performance.md"
	file.write_text(f"# Speed\n\n{sizes.BEGIN}\nold\n{sizes.END}\n\nAfter it.\n")
	sizes.write_table(file, result)
	text = file.read_text()
	assert text.startswith("# Speed") and text.endswith("After it.\n") and "old" not in text
	assert "| /kyodo | 40 | 50 | 1.25 | 12 | 40 | 26 / 26 | 2.5 |" in text
	assert "| form: proposal | 40 | 50 | 1.25 | 12 (Frappe's own 9) | 40 |" in text
	assert "50 people for 120 seconds" in text and "100 against 100,000 proposals" in text
	sizes.write_table(file, result)
	assert file.read_text() == text


def test_a_table_says_what_it_was_before_and_where_the_time_goes():
	one = {"taken_at": "2031-04-01T09:00:00+0900", "proposals": {"small": 100, "large": 1000}}
	one |= {"machine": {"processors": 2, "kind": "x86_64", "load": 1.0}, "bare": {}, "memory_mb": {"before": {}, "after": {}}}
	profile = {"ms": 1234.5, "lines": [[93, 1148, 2, "reports/pipeline.py pipeline"]]}
	after = {**one, "places": {"report": figures(40, 50), "page": figures(10, 10)}, "profiles": {"report": profile}}
	slow = figures(40, 2000)
	slow["large"] = {**slow["large"], "queries": 99, "rows": 123_456}
	text = sizes.table(after, {**one, "places": {"report": slow, "page": figures(10, 12), "gone": slow}})
	assert "| report | 50 | 1.25 | 99 | 12 | 123,456 | 40 |" in text
	assert "| page | 1.2 |" not in text and "gone" not in text, "what costs the same, or is asked no more, has no row"
	assert "  93 %    1148 ms       2 × reports/pipeline.py pipeline" in text


def test_a_table_says_where_a_ratio_compares_a_short_page_with_a_full_one():
	assert sizes.are_alike(10_000, 12_900) and sizes.are_alike(12_900, 10_000) and sizes.are_alike(0, 0)
	assert not sizes.are_alike(10_000, 13_100) and not sizes.are_alike(13_100, 10_000)
	assert sizes._cells(figures(40, 50, alike=False))[2] == "1.25 (not alike)" and sizes._cells(figures(40, 50, alike=True))[2] == "1.25"


def test_what_a_report_takes_beyond_its_frame():
	report = {**figures(40, 100), "group": "report", "sql_ms": 10, "to_sql": 10.0}
	found = {sizes.FRAME: {**figures(20, 80), "group": "report"}, "report": report, "page": {**figures(1, 90), "sql_ms": 1}}
	sizes._set_beyond_frame(found)
	assert found["report"]["beyond"] == 2.0 and "beyond" not in found["page"] and "beyond" not in found[sizes.FRAME]


def test_next_to_nothing_makes_no_large_ratio():
	assert sizes.ratio(0.02, 0.001) == 1.0 and sizes.ratio(3, 2) == 1.5
