"""What the reports of the desk share: kinds of columns, pages of long tables, totals, and what is said beside them.

A report never sends more than REPORT_ROWS rows to a browser. The filter `page` names the page; 0 means all rows, which exports ask for
(`permissions/exports.py`). Columns have keys of ours that public/js/desk/reports.js reads: `kyodo_doctype` and `kyodo_id` (the
record that a name leads to) and `kyodo_kind` (how a value is shown). A day is a Data column with a date in it, because v16
exports Date columns as text; the module of a report with such a column has `get_xlsx_styles`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.utils import cint, flt

from kyodo_frappe.common.queries import REPORT_ROWS as PAGE_ROWS

DAY, NUMBER = "day", "number"
LETTER_WIDTH, MOST_WIDTH = 14, 240  # pixels
COLOURS = ("blue", "green", "orange", "purple", "grey")  # of Frappe's charts
TEN_THOUSAND = 10_000


@dataclass
class Table:
	"""A report. total: sums over all rows, not only those of the page; count: number of all rows, None where `rows` holds them all;
	note: a sentence above the table."""

	columns: list[dict]
	rows: list[dict]
	total: dict | None = None
	chart: dict | None = None
	summary: list[dict] = field(default_factory=list)
	count: int | None = None
	page: int = 1
	note: str = ""

	def report(self) -> tuple:
		"""Return what `execute` of a script report returns. An empty table has neither chart nor summary."""
		columns = [_headed(column) for column in self.columns]
		if not self.rows:
			return columns, [], " ".join(filter(None, (_("No records match these filters."), self.note))), None, None, 1
		total = [{self.columns[0]["fieldname"]: _("Total"), **self.total, "is_total": 1}] if self.total else []
		return columns, [*self.rows, *total], self._message() or None, self.chart, self.summary or None, 1

	def _message(self) -> str:
		if self.count is None or self.count <= len(self.rows):
			return self.note
		first = (self.page - 1) * PAGE_ROWS
		said = _("Rows {0} to {1} of {2}. The export contains them all.").format(first + 1, first + len(self.rows), self.count)
		buttons = [(self.page - 1, _("Previous {0} Rows"))] if self.page > 1 else []
		buttons += [(self.page + 1, _("Next {0} Rows"))] if first + len(self.rows) < self.count else []
		html = "".join(
			f' <button type="button" class="btn btn-default btn-xs kyodo-page" data-page="{page}">{label.format(PAGE_ROWS)}</button>'
			for page, label in buttons
		)
		return f"{self.note} {said}{html}".strip()


def _without_tags(text: str) -> str:
	"""A text that Frappe may show as HTML: heads of tables and names in charts, which can be titles that people have written."""
	return str(text).replace("<", "＜")


def _headed(column: dict) -> dict:
	"""A column that is wide enough for its head."""
	label = _without_tags(column["label"])
	return {**column, "label": label, "width": max(column["width"], min(len(label) * LETTER_WIDTH + 30, MOST_WIDTH))}


# -- columns ------------------------------------------------------------------------------------------------------------


def text(fieldname: str, label: str, width: int = 180, link: tuple[str, str] | None = None) -> dict:
	"""Return a column of words. link: (DocType, key of the row that holds the record's name) where it leads to a record."""
	found = {"fieldname": fieldname, "label": label, "fieldtype": "Data", "align": "left", "width": width}
	return found | {"kyodo_doctype": link[0], "kyodo_id": link[1]} if link else found


def number(fieldname: str, label: str, width: int = 100) -> dict:
	"""Return a column of whole numbers."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Int", "kyodo_kind": NUMBER, "width": width}


def decimal(fieldname: str, label: str, width: int = 110) -> dict:
	"""Return a column of numbers with up to two decimal places."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Float", "precision": 2, "kyodo_kind": NUMBER, "width": width}


def yen(fieldname: str, label: str, width: int = 140) -> dict:
	"""Return a column of amounts in whole yen."""
	return number(fieldname, _("{0} (yen)").format(label), width)


def days(fieldname: str, label: str, width: int = 130) -> dict:
	"""Return a column of numbers of days."""
	return decimal(fieldname, _("{0} (days)").format(label), width)


def percent(fieldname: str, label: str, width: int = 110) -> dict:
	"""Return a column of shares out of 100."""
	return decimal(fieldname, _("{0} (%)").format(label), width)


def day(fieldname: str, label: str, width: int = 130) -> dict:
	"""Return a column of dates."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Data", "kyodo_kind": DAY, "width": width}


def get_xlsx_styles(metadata) -> dict:
	"""Return the styles of an export, for which v16 asks a report's module: days are shown as days. metadata: its XLSXMetadata."""
	from frappe.utils.xlsxutils import XLSXStyleBuilder  # v15 has none

	builder = XLSXStyleBuilder(metadata)
	style = builder.register_style({"num_format": builder.get_date_format(), "align": "left"})
	for index, column in metadata.column_map.items():
		if column.get("kyodo_kind") == DAY:
			builder.style_column(index, style)
	return builder.result


# -- values -------------------------------------------------------------------------------------------------------------


def share(part: float | None, whole: float | None) -> float | None:
	"""Return how many of a hundred a part is; None of nothing."""
	return round(flt(part) * 100 / flt(whole), 1) if whole else None


def rounded(value, places: int = 1) -> float | None:
	"""Return a number of the database; None for NULL."""
	return None if value is None else round(flt(value), places)


def whole(rows: Iterable[dict], *fieldnames: str) -> list[dict]:
	"""Make counts and amounts of the database, which may be None or Decimal, whole numbers."""
	rows = list(rows)
	for row in rows:
		row.update({name: cint(row[name]) for name in fieldnames})
	return rows


def sums(rows: Iterable[dict], *fieldnames: str) -> dict:
	"""Return {fieldname: sum} over rows."""
	rows = list(rows)
	return {name: sum(row.get(name) or 0 for row in rows) for name in fieldnames}


def figure(label: str, value, datatype: str | None = None) -> dict:
	"""Return a figure of the line above the table; a dash where nothing is known."""
	if value is None:
		return {"label": label, "value": "－", "datatype": "Data"}
	return {"label": label, "value": value, "datatype": datatype or ("Int" if isinstance(value, int) else "Data")}


def amount(label: str, value: int) -> dict:
	"""Return a figure in yen."""
	return figure(label, _("{0} yen").format(f"{cint(value):,}"), "Data")


def percentage(label: str, value: float | None) -> dict:
	"""Return a figure out of a hundred."""
	return figure(label, None if value is None else f"{value:g}%")


def ten_thousands(values: Iterable[int | None]) -> list[float]:
	"""Return amounts in yen in units of 10,000 yen, as charts show them."""
	return [round(flt(value) / TEN_THOUSAND, 1) for value in values]


def chart(labels: list[str], datasets: list[tuple[str, list]], kind: str = "bar", stacked: bool = False) -> dict | None:
	"""Return a chart of (name, values); None where there is nothing to draw."""
	if not labels or not any(value for _name, values in datasets for value in values):
		return None
	drawn = [{"name": name, "values": [value or 0 for value in values]} for name, values in datasets]
	labels = [_without_tags(label) for label in labels]
	found = {
		"data": {"labels": labels, "datasets": drawn},
		"type": kind,
		"colors": COLOURS[: len(drawn)],
		"fieldtype": "Float" if kind == "line" else "Int",
	}
	return found | ({"barOptions": {"stacked": 1}} if stacked else {})


# -- pages --------------------------------------------------------------------------------------------------------------


def on_page(query, page: int):
	"""Return the query of one page; page 0 means all rows."""
	return query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS) if page else query


def existing_page(page: int, count: int) -> int:
	"""Return the page, or the first one if there is no such page any more."""
	return page if page == 0 or (page - 1) * PAGE_ROWS < count else 1


def cut(rows: list[dict], page: int) -> tuple[list[dict], int]:
	"""Return (the rows of a page, the page) of rows that are few enough to be at hand."""
	page = existing_page(page, len(rows))
	return (rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS], page) if page else (rows, page)


def names(doctype: str, fieldname: str, ids: Iterable[str | None]) -> dict[str, str]:
	"""Return {id: name} of records that the rows of a report refer to, which their reader may read."""
	known = sorted({one for one in ids if one})
	if not known:
		return {}
	return dict(frappe.get_all(doctype, {"name": ["in", known]}, ["name", fieldname], as_list=True, order_by="name"))
