"""Make a large city of the demo city: multiply its records in the database. Run with the bench's Python in its sites folder:
multiply.py SITE PROPOSALS

The demo city's records have come about through the app's own services, so every stored column is right. Each copy of the city is its
records under new names (the old name, a dash, the number of the copy), with each reference to a copied record renamed alike, and all
its days moved back by so many years as its number ends in: ten years of work, the latest of which is still under way. What is not
finished is copied for that latest year only, as in a real city; so are comments, versions, and notices.

Organisations, committees, events and their logins come once for ten copies: some six organisations for a hundred proposals. Sections,
programmes and lists of words stay as they are.
"""

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
YEARS = 10
AT_ONCE = 200_000  # rows that a statement makes: a transaction stays small
# what a city has once, however much it does
SINGLE = {
	*("Kyodo Programme", "Kyodo Programme Version", "Kyodo Page", "Kyodo Page Version", "Kyodo Page Comment", "Kyodo Handover"),
	*("Kyodo Invitation", "Kyodo Organisation Import", "Kyodo Annual Report"),
}
YEARLY = {"Kyodo Call"}
# once for YEARS copies
SELDOM = {
	*("Kyodo Organisation", "Kyodo Committee", "Kyodo Resource Person", "Kyodo Dispatch", "Kyodo Event", "Kyodo Event Registration"),
	*("Kyodo Survey", "Kyodo Survey Response", "Kyodo Support Case", "Kyodo Need", "Kyodo Match", "Kyodo Service Screening"),
	*("Kyodo Self Check", "Kyodo Change Notice", "Kyodo Interest", "User"),
}
# records of Frappe's about ours: {DocType: (field of the DocType, field of the name)}; HISTORY: kept for the latest year only
ABOUT = {
	"File": ("attached_to_doctype", "attached_to_name"),
	"Workflow Action": ("reference_doctype", "reference_name"),
	"Comment": ("reference_doctype", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"Notification Log": ("document_type", "document_name"),
}
HISTORY = ("Comment", "Version", "Notification Log")
# records that stay open to the end although a record that they name is under way
BEGINS = ("Kyodo Proposal", "Kyodo Meeting", "Kyodo Decision", "Kyodo Consultation", "Kyodo Review")
ROWS = ("agenda_item",)  # fields that hold the name of a row
PLACES = (
	*("本町", "東町", "西町", "南町", "北町", "中央", "緑台", "若葉台", "港", "川辺", "山手", "桜木", "松原", "竹園", "梅が丘"),
	*("青葉", "泉", "旭", "新田", "大原", "小松", "高橋", "森", "花園", "星川", "水沢", "宮前", "元町", "柳", "里見"),
)

INDEX = """
pragma journal_mode = off; pragma synchronous = off;
create temporary table base (id integer primary key, often text, codes text);
create temporary table number (k integer primary key);
create temporary table copy (id integer primary key, base integer, suffix integer, years integer);
"""
# which copies a record has: as `_numbers`
INDEX_COPIES = (
	f"""insert into copy (base, suffix, years) select base.id, case often when 'seldom' then (k - 1) / {YEARS} + 1 else k end,
	case often when 'seldom' then 0 else k % {YEARS} end from base join number on case often when 'each' then 1
	when 'yearly' then k < {YEARS} when 'seldom' then k % {YEARS} = 1 else k % {YEARS} = 0 end""",
	"update copy set id = id + (select max(id) from record) + 1 + (select count(*) from copy)",
	"""insert into record select copy.id, kind, name || '-' || suffix, programme, year - years, state, section, place, fields,
	case when day > '' then date(substr(day, 1, 10), '-' || years || ' years') else day end, title, stamp
	from copy join record on record.id = copy.base""",
	"insert into body select copy.id, letters from copy join body on body.id = copy.base",
	"insert into pairs (rowid, codes) select copy.id, codes from copy join base on base.id = copy.base order by copy.id",
)


class City:
	"""The demo city of a site, and how often each of its records is copied."""

	def __init__(self, frappe, wanted: int):
		from kyodo_frappe.permissions.record_rules import RECORD_RULES

		self.frappe = frappe
		self.doctypes = [name for name in (*RECORD_RULES, "User") if name not in SINGLE]
		self.users = frappe.get_all("User", {"user_type": "Website User", "name": ["!=", "Guest"]}, pluck="name", order_by="name")
		self.open = self._open()
		every = frappe.db.count("Kyodo Proposal")
		finished = every - len(self.open["Kyodo Proposal"])
		self.copies, made = 0, every
		while made < wanted:
			self.copies += 1
			made += every if self.copies % YEARS == 0 else finished

	def _open(self) -> dict[str, set[str]]:
		"""{DocType: names of the records that are not finished}, with all that belongs to them."""
		from kyodo_frappe.workflows.states import UNDECIDED, states

		found, frappe = {}, self.frappe
		for doctype in self.doctypes:
			has_state = frappe.get_meta(doctype).has_field("workflow_state")
			undecided = states(doctype, *UNDECIDED) if has_state else []
			filters = {"workflow_state": ["in", undecided]}
			found[doctype] = set(frappe.get_all(doctype, filters, pluck="name", order_by="name")) if undecided else set()
		for _round in range(4):
			for doctype in self.doctypes:
				own = {field.options: field.fieldname for field in frappe.get_meta(doctype).get_link_fields()}
				for other in ("Kyodo Proposal", "Kyodo Project", "Kyodo Meeting", "Kyodo Evaluation Round"):
					if other in own and (doctype not in BEGINS or other == "Kyodo Proposal") and doctype != other and found[other]:
						filters = {own[other]: ["in", sorted(found[other])]}
						found[doctype].update(frappe.get_all(doctype, filters, pluck="name", order_by="name"))
		return found

	def multiply(self):
		"""Copy everything, with the tables of each record and what Frappe keeps about it."""
		tables = 0
		for doctype in self.doctypes:
			self._copy(doctype, doctype, "1=1", self._names(self.open[doctype], "base.name"))
			for field in self.frappe.get_meta(doctype).get_table_fields():
				where = f"parenttype = {self._text(doctype)} and parentfield = {self._text(field.fieldname)}"
				self._copy(field.options, doctype, where, self._of_open_row(field.options, doctype))
				tables += 1
		for doctype, (kind, name) in ABOUT.items():
			self._copy_about(doctype, kind, name)
		self.frappe.db.commit()

	def _copy_about(self, doctype: str, kind: str, name: str):
		for about in self.doctypes:
			if about in SELDOM | YEARLY:
				continue
			where = f"`{kind}` = {self._text(about)}"
			only = "1=1" if doctype in HISTORY else self._names(self.open[about], f"base.`{name}`")
			self._copy(doctype, about, where, only, {name: self._renamed(about, f"base.`{name}`")})
			for field in self.frappe.get_meta(doctype).get_table_fields():
				parents = f"parent in (select name from `tab{doctype}` where {where} and name not like '%-%')"
				self._copy(field.options, about, f"parenttype = {self._text(doctype)} and {parents}", only="1=0")

	def _copy(self, doctype: str, owner: str, where: str, only: str, more: dict | None = None):
		"""Copy the rows of a table. owner: the DocType by whose numbers they are copied; only: rows for the latest year only."""
		sql = self.frappe.db.sql
		if owner == "User" and doctype == "User":
			where = self._names(set(self.users), "name")
		elif owner == "User":
			where += f" and {self._names(set(self.users), 'parent')}"
		sql("drop temporary table if exists kyodo_base")
		sql(f"create temporary table kyodo_base as select * from `tab{doctype}` where {where}")
		rows = sql("select count(*) from kyodo_base")[0][0]
		if not rows:
			return
		types = dict(
			sql(
				"select column_name, data_type from information_schema.columns where table_schema = database() and table_name = %s",
				f"tab{doctype}",
			)
		)
		if types["name"] != "varchar":
			return
		values = {**self._values(doctype, owner, types), **(more or {})}
		columns = ", ".join(f"`{column}`" for column in values)
		selected = ", ".join(values.values())
		step = max(AT_ONCE // rows, YEARS)
		for first in range(1, self.copies + 1, step):
			numbers = self._numbers(owner, first, min(first + step - 1, self.copies))
			sql(
				f"insert into `tab{doctype}` ({columns}) select {selected} from kyodo_base base join ({numbers}) n"
				f" on n.k %% {YEARS} = 0 or not ({only})",
				(),
			)
			self.frappe.db.commit()

	@staticmethod
	def _numbers(owner: str, first: int, last: int) -> str:
		"""A query of the copies from `first` to `last` that rows of a DocType have: k (copy), y (years back)."""
		seq = f"seq_{first}_to_{last}"
		if owner in YEARLY:
			return f"select seq as k, seq as y from {seq} where seq < {YEARS}"
		if owner in SELDOM:
			return f"select (seq - 1) div {YEARS} * {YEARS} + {YEARS} as k, 0 as y from {seq} where seq %% {YEARS} = 1"
		return f"select seq as k, seq %% {YEARS} as y from {seq}"

	def multiply_index(self, fulltext, of: str):
		"""Copy the records of a search index, which has those of the demo city, under their new names."""
		kinds = fulltext.kinds(of)
		with closing(sqlite3.connect(fulltext._path(of), isolation_level=None)) as file:
			file.executescript(INDEX)
			for number, kind, name, letters in file.execute("select id, kind, name, letters from record join body using (id)").fetchall():
				doctype = kinds[kind].doctype
				if doctype in self.doctypes:
					often = (
						"yearly"
						if doctype in YEARLY
						else "seldom"
						if doctype in SELDOM
						else "open"
						if name in self.open[doctype]
						else "each"
					)
					file.execute("insert into base values (?, ?, ?)", (number, often, " ".join(fulltext.pairs_of(letters))))
			file.execute(
				"insert into number with recursive k(k) as (select 1 union all select k + 1 from k where k < ?) select k from k",
				[self.copies],
			)
			for statement in INDEX_COPIES:
				file.execute(statement)
			file.execute("analyze")

	def _values(self, doctype: str, owner: str, types: dict[str, str]) -> dict[str, str]:
		"""{column: its value in a copy} in SQL; `base` is a row, `n` a copy."""
		meta = self.frappe.get_meta(doctype)
		values = {column: self._value(meta, owner, column, kind) for column, kind in types.items()}
		values["name"] = self._renamed(doctype, "base.name") if doctype == owner else self._suffixed(owner, "base.name")
		if "parent" in values:
			values["parent"] = self._renamed(owner, "base.parent")
		for column in self._unique(doctype):
			values[column] = "null" if doctype == "User" else self._suffixed(owner, f"base.`{column}`")
		return values

	def _value(self, meta, owner: str, column: str, kind: str) -> str:
		old, field = f"base.`{column}`", meta.get_field(column)
		fieldtype = field.fieldtype if field else ""
		if column in ("owner", "modified_by"):
			return self._renamed("User", old)
		if fieldtype == "Link":
			return self._renamed(field.options, old)
		if fieldtype == "Dynamic Link":
			return self._renamed_by(f"base.`{field.options}`", old)
		if column in ROWS:
			return self._suffixed(owner, old)
		if column == "fiscal_year":
			return f"if({old} > 0, {old} - n.y, {old})"
		if kind in ("date", "datetime"):
			return f"{old} - interval n.y year"
		if column == meta.title_field and not (field and field.fetch_from):
			return f"concat({old}, '（', elt(1 + n.k %% {len(PLACES)}, {', '.join(map(self._text, PLACES))}), n.k, '）')"
		return old

	def _unique(self, doctype: str) -> list[str]:
		rows = self.frappe.db.sql(
			"select column_name from information_schema.statistics where table_schema = database() and table_name = %s"
			" and non_unique = 0 and index_name != 'PRIMARY' group by index_name having count(*) = 1",
			f"tab{doctype}",
		)
		return [column for (column,) in rows]

	def _renamed(self, doctype: str, old: str) -> str:
		"""The name of a record's copy, in SQL; its old name where it is not copied."""
		if doctype == "User":
			copied = self._names(set(self.users), old)
			return f"if({copied}, concat('g', (n.k - 1) div {YEARS} + 1, '.', {old}), {old})"
		return self._suffixed(doctype, old) if doctype in self.doctypes else old

	def _renamed_by(self, kind: str, old: str) -> str:
		cases = " ".join(f"when {self._text(name)} then {self._renamed(name, old)}" for name in self.doctypes)
		return f"case {kind} {cases} else {old} end"

	@staticmethod
	def _suffixed(owner: str, old: str) -> str:
		if owner in YEARLY:
			return f"if(n.k %% {YEARS} = 0, {old}, concat({old}, '-', n.k %% {YEARS}))"
		number = f"(n.k - 1) div {YEARS} + 1" if owner in SELDOM else "n.k"
		return f"if({old} = '', {old}, concat({old}, '-', {number}))"

	def _of_open_row(self, child: str, parent: str) -> str:
		"""Rows that belong to, or name, a record that is not finished."""
		parts = [self._names(self.open[parent], "base.parent")]
		for field in self.frappe.get_meta(child).get_link_fields():
			if self.open.get(field.options):
				parts.append(f"coalesce({self._names(self.open[field.options], f'base.`{field.fieldname}`')}, 0)")
		return " or ".join(parts)

	def _names(self, names: set[str], column: str) -> str:
		return f"{column} in ({', '.join(map(self._text, sorted(names)))})" if names else "1=0"

	def _text(self, value: str) -> str:
		return self.frappe.db.escape(value)


def main(site: str, wanted: int):
	"""Multiply the demo city of a site until it has so many proposals, and build its search indexes."""
	import frappe

	frappe.init(site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	begin = time.perf_counter()
	city = City(frappe, wanted)
	city.multiply()
	print(f"multiplied in {time.perf_counter() - begin:.0f} s", flush=True)
	for table in frappe.db.get_tables(cached=False):
		frappe.db.sql(f"analyze table `{table}`")
	from kyodo_frappe.common import fulltext

	for of in fulltext.FILES:
		city.multiply_index(fulltext, of)
	print(f"indexed in {time.perf_counter() - begin:.0f} s", flush=True)
	frappe.destroy()


if __name__ == "__main__":
	sys.path.append(str(CHECKOUT))
	main(sys.argv[1], int(sys.argv[2]))
