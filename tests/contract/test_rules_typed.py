"""Numbers and days as people type them: read as meant, or refused. tests/typed.json also binds the browser's reading."""

import datetime
import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from kyodo_frappe.rules import dates, era, numbers
from kyodo_frappe.rules.width import half_width, plain_line

CASES = json.loads((Path(__file__).parents[1] / "typed.json").read_text(encoding="utf-8"))
TODAY = datetime.date.fromisoformat(CASES["today"])


@pytest.mark.parametrize(("typed", "kind", "meant", "named"), [(*case, *[None] * (4 - len(case))) for case in CASES["numbers"]])
def test_number_is_read_as_meant_or_refused(typed, kind, meant, named):
	if not isinstance(meant, str):
		assert numbers.read_number(typed, kind) == meant
		return
	with pytest.raises(getattr(numbers, meant)) as refusal:
		numbers.read_number(typed, kind)
	assert typed in str(refusal.value) and named in str(refusal.value)


@pytest.mark.parametrize(("typed", "meant", "named"), [(case[0], case[1], case[2:]) for case in CASES["days"]])
def test_day_is_read_as_meant_or_refused(typed, meant, named):
	if not named:
		assert dates.read_day(typed, TODAY) == (meant and datetime.date.fromisoformat(meant))
		return
	with pytest.raises(getattr(dates, meant, None) or getattr(era, meant)) as refusal:
		dates.read_day(typed, TODAY)
	assert all(word in str(refusal.value) for word in (typed, *named))


@pytest.mark.parametrize(("typed", "meant", "named"), [(*case, *[""] * (3 - len(case))) for case in CASES["years"]])
def test_fiscal_year_is_read_as_meant_or_refused(typed, meant, named):
	if not isinstance(meant, str):
		assert dates.read_fiscal_year(typed, TODAY) == meant
		return
	with pytest.raises(getattr(dates, meant, None) or getattr(era, meant)) as refusal:
		dates.read_fiscal_year(typed, TODAY)
	assert typed in str(refusal.value) and named in str(refusal.value)


READ_IN_SCRIPT = """
import { read_day, read_fiscal_year, read_number } from "data:text/javascript,MODULE";
const { today, eras, numbers, days, years } = JSON.parse(process.argv.at(-1));
const read = [
	...numbers.map(([typed, kind]) => read_number(typed, kind)),
	...days.map(([typed]) => read_day(typed, today, eras)),
	...years.map(([typed]) => read_fiscal_year(typed, today, eras)),
];
console.log(JSON.stringify(read));
"""


@pytest.mark.skipif(not shutil.which("node"), reason="node comes with a bench")
def test_script_reads_the_same():
	eras = [(one.kanji, one.english_head, str(one.since), one.until and str(one.until)) for one in era.eras()]
	module = (Path(numbers.__file__).parents[1] / "public/js/common/typed.js").read_text(encoding="utf-8")
	script = READ_IN_SCRIPT.replace("MODULE", quote(module))
	told = subprocess.run(
		["node", "--input-type=module", "-e", script, "--", json.dumps({**CASES, "eras": eras})], capture_output=True, text=True, check=True
	)
	cases = [(case[0], case[2:]) for case in CASES["numbers"]] + [(case[0], case[1:]) for case in CASES["days"] + CASES["years"]]
	for (typed, (meant, *named)), read in zip(cases, json.loads(told.stdout), strict=True):
		if isinstance(meant, str) and (named or not meant[:1].isdigit()):
			assert read["refusal"] == meant and all(word in read["values"] for word in (typed, *named)), (typed, read)
		else:
			assert read == {"value": meant}, (typed, read)


def test_current_era_is_read_as_long_as_it_is_close():
	assert dates.read_day("8.12.18", datetime.date(2026, 4, 1)) == datetime.date(2026, 12, 18)
	with pytest.raises(dates.UnclearEra):
		dates.read_day("8.12.18", datetime.date(2031, 4, 1))


@pytest.mark.parametrize(
	("typed", "meant"),
	[
		("2026-12-18 17:00:00", "2026-12-18 17:00:00"),
		("令和8年12月18日 17時", "2026-12-18 17:00:00"),
		("令和８年１２月１８日１７時３０分", "2026-12-18 17:30:00"),
		("R8.12.18 17:30", "2026-12-18 17:30:00"),
		("令和8年12月18日", "2026-12-18 00:00:00"),
		("", None),
	],
)
def test_moment_is_read_as_meant(typed, meant):
	assert dates.read_moment(typed, TODAY) == meant


def test_widths_are_folded_and_nothing_else():
	assert half_width("Ａ１（＠）　￥①²㈱ア") == "A1(@) ¥①²㈱ア"
	assert plain_line("ａ．ｙａｍａｄａ＠ｅｘａｍｐｌｅ．ｊｐ　") == "a.yamada@example.jp"
	assert plain_line("０４６７ー２３－３０００") == "0467-23-3000"
	assert plain_line("コーヒー") == "コーヒー"
