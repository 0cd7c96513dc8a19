"""The public page of a programme's years in pictures: each with its table and its open data."""

from collections import defaultdict
from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import flt

from kyodo_frappe.front import yearly_figures
from kyodo_frappe.front.annual import published as annual_reports
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.rules.era import short_year
from kyodo_frappe.web import charts, words
from kyodo_frappe.web.listing import query_programme
from kyodo_frappe.web.page import Page

ADDRESS = "/kyodo/figures"
CSV = "/api/method/kyodo_frappe.front.actions.download"
SCALE = 9.0  # percent of a picture for the numbers of its scale
MOST_TEXTS = 12  # columns that have their figure above them; with more they would cover each other
ONE_DECIMAL_BELOW = 100
TEN_THOUSAND = 10_000


def figures() -> dict:
	"""A programme's years; the oldest running programme where the query string names none."""
	several = programme_public.programmes()
	chosen = programme_public.programme(query_programme(several))
	found = yearly_figures.of(chosen.name) if chosen else {"years": [], "fields": []}
	return {
		"title": _("The programme in figures"),
		"whose": chosen.name if chosen else None,
		"choices": several if len(several) > 1 else [],
		"chosen": chosen,
		"reports": annual_reports.of_programme(chosen.name if chosen else None),
		"charts": [chart for chart in charts_of(found["years"]) if chart],
		"fields": _fields(found["fields"]),
		"csv": words.with_query(CSV, kind="figures", file_format="csv"),
		"csv_fields": words.with_query(CSV, kind="fields", file_format="csv"),
	}


def charts_of(years: list[dict]) -> list[dict | None]:
	"""Return the charts in the order of the page; None for a chart without data."""
	return [*_charts_of_proposals(years), *_charts_of_projects(years)]


def _days(value: float) -> str:
	return _("{0} days").format(words.number(value))


def _charts_of_proposals(years: list[dict]) -> list[dict | None]:
	return [
		_chart(
			"proposals",
			_("Proposals and adoptions"),
			_("Proposals that are published with the consent of their proposers, by the fiscal year in which they were made."),
			years,
			[("proposals", _("Proposals")), ("adopted", _("Adopted")), ("again", _("Proposed again after a refusal"))],
			words.number,
			more=[("again_adopted", _("Of these adopted"))],
		),
		_chart(
			"money",
			_("Amounts asked for and granted"),
			_("Of the same proposals; in the picture in units of 10,000 yen."),
			years,
			[("asked", _("Amount Asked For")), ("granted", _("Amount Granted"))],
			words.yen,
			scale=_ten_thousands,
		),
		_chart(
			"days",
			_("From receipt to decision"),
			_("Days on average, of the proposals that have been decided."),
			years,
			[("days", _("Days from receipt to decision"))],
			_days,
			scale=words.number,
		),
	]


def _charts_of_projects(years: list[dict]) -> list[dict | None]:
	return [
		_chart(
			"answers",
			_("How fast both sides answer"),
			_("Days to an answer in published projects (median), by the fiscal year in which they begin: notes, open points, documents."),
			years,
			[("answer_city", _("City side")), ("answer_organisation", _("Organisation side"))],
			_days,
			scale=words.number,
			more=[("projects", _("Projects"))],
		),
		_chart(
			"gaps",
			_("How both sides evaluate"),
			_("Marks on average in published evaluations, and how far apart the two marks of an item are."),
			years,
			[("mark_city", _("City side")), ("mark_organisation", _("Organisation side")), ("gap", _("Difference"))],
			words.number,
			more=[("rounds", _("Evaluations"))],
		),
	]


def _chart(
	name: str,
	title: str,
	about: str,
	years: list[dict],
	series: list[tuple[str, str]],
	shown: Callable,
	scale: Callable | None = None,
	more: list[tuple[str, str]] = (),
) -> dict | None:
	"""{name, title, about, series, labels, picture, lines, texts, head, rows} of columns by year and their table.

	series: (key, label) of the columns; shown: words for a value in the table; scale: in the picture, by default the same; more: further
	columns of the table, which are numbers. Years in which nothing is known have no row.
	"""
	keys = [key for key, _label in series]
	known = [year for year in years if any(year[key] for key in keys)]
	if not known:
		return None
	covered = [year for year in years if known[0]["fiscal_year"] <= year["fiscal_year"] <= known[-1]["fiscal_year"]]
	picture = charts.columns([[year[key] for key in keys] for year in covered], SCALE)
	in_picture = scale or shown
	crowded = len(picture.columns) > MOST_TEXTS
	return {
		"name": name,
		"title": title,
		"about": about,
		"series": [label for _key, label in series],
		"labels": [short_year(year["fiscal_year"]) if words.in_japanese() else str(year["fiscal_year"]) for year in covered],
		"picture": picture,
		"left": SCALE,
		"lines": [(y, in_picture(value)) for y, value in picture.lines],
		"texts": [] if crowded else [in_picture(column.value) for column in picture.columns],
		"head": [*(label for _key, label in series), *(label for _key, label in more)],
		"rows": [
			(year["fiscal_year"], [*(_text(year[key], shown) for key in keys), *(_text(year[key], words.number) for key, _label in more)])
			for year in reversed(covered)
		],
	}


def _text(value: float | None, shown: Callable) -> str:
	return "－" if value is None else shown(value)


def _ten_thousands(value: float) -> str:
	"""An amount in units of 10,000 yen, as short as fits above a column on a phone: 1,234万, 75.5万; the table has it exactly."""
	units = flt(value) / TEN_THOUSAND
	return _("{0} × 10,000").format(words.number(round(units, 1) if units < ONE_DECIMAL_BELOW else round(units)))


def _fields(rows: list[dict]) -> list[dict]:
	"""[{field, proposals, adopted, percent}] over all years, the most proposals first; percent: the length of its bar."""
	found = defaultdict(lambda: frappe._dict(proposals=0, adopted=0))
	for row in rows:
		found[row["field"]].proposals += row["proposals"]
		found[row["field"]].adopted += row["adopted"]
	most = max((one.proposals for one in found.values()), default=0)
	sums = [frappe._dict(one, field=field, percent=charts.share(one.proposals, most)) for field, one in found.items()]
	return sorted(sums, key=lambda one: -one.proposals)


PAGES = (Page("figures", "front/figures", figures, menu="Figures"),)
