"""`migrate` keeps a site of an earlier version, with its demo city and changes made by the city.

`tests/upgrades/<version>.tar.xz` contains such a site (database and files), made with that version's code. How to add one
for a new version: docs/developers.md.
"""

import json
import tarfile
from pathlib import Path

import frappe
import pytest

from host import sites
from host.home import Home

FOLDER = Path(__file__).resolve().parents[2] / "upgrades"
VERSIONS = sorted(path.name.removesuffix(".tar.xz") for path in FOLDER.glob("*.tar.xz"))
# {version: its Frappe}; on another Frappe the test is skipped
MADE_ON = {"0.5.0": "15.0.0-dev"}
# {DocType: columns that a patch or the app recomputes}
FILLED = {
	"Kyodo Activity Field": {"creation"},  # Frappe makes fixtures anew
	**{doctype: {"rate"} for doctype in ("Kyodo Call", "Kyodo Call Plan", "Kyodo Project")},  # the same rate as people write it
	**{doctype: {"search_key"} for doctype in ("Kyodo Organisation", "Kyodo Proposal", "Kyodo Project")},  # computed from the name
	"Kyodo Letter": {"items", "again"},
	"Kyodo Letter Numbering": {"items", "again", "sender"},  # the mayor is said once, in the programme
	"Kyodo Programme Version": {"rules", "rules_hash"},  # the same rules in other columns
}
# {DocType whose rows a patch moves to another: (column, the other DocType, its column)}
TAKEN_OVER = {
	"Kyodo Sheet Part": ("label_text", "Kyodo Form Field", "label_text"),
	"Kyodo Registration Item": ("field", "Kyodo Form Field", "fieldname"),
}
# DocTypes to which an upgrade may add rows
GROWS = {"Kyodo Letter Numbering", "Kyodo Programme Version", "Kyodo Message"}
OWN_COLUMNS = {"modified", "modified_by", "idx"}


@pytest.fixture(scope="module", params=VERSIONS)
def upgraded(request, site_place, tmp_path_factory):
	"""The site's content before and after two migrations: {before, changed, records, kept, rights, pages, papers}."""
	home = Home(sites.INSIDE.parents[1])
	if site_place[0] != home.sites.resolve():
		pytest.skip("needs the host's own bench: this one makes a site")
	if frappe.__version__ != MADE_ON[request.param]:
		pytest.skip(f"made on Frappe {MADE_ON[request.param]}, this is {frappe.__version__}")
	folder = tmp_path_factory.mktemp("upgrade")
	with tarfile.open(FOLDER / f"{request.param}.tar.xz") as packed:
		packed.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # not in Debian 12's Python
	with home.lock("seed", "test_upgrade"):  # the other process may be at test_install
		sites.restore(home, folder, sites.SEED_SITE)
		try:
			found = {"changed": look(home, "change")["change"], "before": look(home, "records")["records"]}
			for _twice in range(2):
				sites.bench(home, "--site", sites.SEED_SITE, "migrate", log="test-upgrade")
			yield {**found, **look(home, "records", "kept", "rights", "pages", "papers")}
		finally:
			sites._remove(home, sites.SEED_SITE)


def look(home, *words: str) -> dict:
	from host.shell import run

	printed = run(home, [home.python, FOLDER / "look.py", sites.SEED_SITE, *words], log="test-upgrade", cwd=home.sites)
	return json.loads(printed.split("FOUND")[1])


def test_upgrade_keeps_every_record(upgraded):
	wrong = []
	for doctype, rows in upgraded["before"].items():
		if doctype in TAKEN_OVER:
			column, other, as_column = TAKEN_OVER[doctype]
			there = {(row["parent"], row[as_column]) for row in upgraded["records"][other].values()}
			wrong += [(doctype, name, "lost") for name, row in rows.items() if (row["parent"], row[column]) not in there]
			continue
		after = upgraded["records"].get(doctype, {})
		wrong += [(doctype, name, "gone") for name in sorted(set(rows) - set(after))]
		wrong += [(doctype, name, "new") for name in sorted(set(after) - set(rows)) if doctype not in GROWS]
		left_out = OWN_COLUMNS | FILLED.get(doctype, set())
		for name in sorted(set(rows) & set(after)):
			for column in sorted((set(rows[name]) | set(after[name])) - left_out):
				if rows[name].get(column) != after[name].get(column) and column in rows[name]:
					wrong.append((doctype, name, column, rows[name].get(column), after[name].get(column)))
	assert not wrong, "\n".join(map(str, wrong[:40]))
	assert sum(map(len, upgraded["before"].values())) > 2000, "a demo city"


def test_upgrade_keeps_changes_of_city(upgraded):
	from upgrades.look import ACTION, KIND, STATE, WORDING

	kept = upgraded["kept"]
	assert STATE in kept["states"] and ["Received", ACTION, STATE] in kept["steps"]
	assert WORDING in kept["openings"]
	assert KIND in kept["kinds"] and "サークル" in kept["kinds"]


def test_upgraded_permissions_equal_those_of_new_site(upgraded):
	ours = upgraded["rights"]
	assert set(ours) >= set(frappe.get_all("DocType", {"module": "Kyodo Frappe", "issingle": 0}, pluck="name"))
	wrong = []
	for doctype, rows in ours.items():
		kinds = [[row.role, row.permlevel] for row in frappe.get_meta(doctype).permissions]
		if sorted(kinds) != sorted(row[:2] for row in rows):
			wrong.append((doctype, rows))
	assert not wrong, wrong


def test_every_page_opens_after_upgrade(upgraded):
	assert len(upgraded["pages"]) > 30
	assert not {address: status for address, status in upgraded["pages"].items() if status != 200}


def test_every_letter_prints_after_upgrade(upgraded):
	assert upgraded["papers"] and all(upgraded["papers"].values())
