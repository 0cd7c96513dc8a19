"""The indexes of what is searched: files of SQLite (FTS5) beside the site, with pairs of letters as their words.

There are two, so that no search of the public can come upon what it may not read: PUBLIC has what everybody may read, DESK the records
as logins of the desk find them.

MariaDB's full-text index takes seconds for a word that most of 100,000 records have, and Frappe's searches cut at spaces, of which
Japanese has none; FTS5 comes with Python, needs no server, and answers such a word in milliseconds. The rooms declare what is searched
(hook `kyodo_search_kinds`) and read it, the public kinds through their `public.py`. Nothing of an index is ever shown: a page reads
again what it has found (`current`), with the rights of whoever asks. It can be made anew at any time (`refresh`), so no backup needs it.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import frappe
from frappe.model.document import Document

from kyodo_frappe.common.language import in_record_language
from kyodo_frappe.rules.search_text import key_of, pairs_of, pairs_of_word

HOOK = "kyodo_search_kinds"
PUBLIC, DESK = "public", "desk"
FILES = {PUBLIC: "kyodo-search.sqlite3", DESK: "kyodo-desk-search.sqlite3"}
FORMAT = 1  # of the file: one of another format is made anew
MAX_TEXT = 50000  # letters of a record that are searched
BATCH = 200
AT_ONCE = 20  # more records than these a request leaves to a job
MOST_EXACT = 5000  # candidates that are read one by one
SAMPLE = 2000  # of more candidates, those on which facets are counted
SECONDS = 5  # to wait for another writer
# what a result can be narrowed by; FIELD may have several values in a record
FACETS = ("kind", "programme", "year", "state", "section", "place")
FIELD = "field"
# the columns of a record that a search reads
_ORDER = ("kind", "name", "day", *FACETS[1:], "fields")
_COLUMNS = ", ".join(f"record.{column}" for column in _ORDER)

_SCHEMA = f"""
create table record (id integer primary key, kind text not null, name text not null, programme text, year integer, state text,
	section text, place text, fields text not null, day text, title text not null, stamp text, unique (kind, name));
create index latest on record (day, name);
create table body (id integer primary key, letters text not null);
create virtual table pairs using fts5(codes, content='', detail=none, columnsize=0, tokenize='ascii');
pragma user_version = {FORMAT};
"""


@dataclass(frozen=True)
class Entry:
	"""The searched content of a record. texts: the most important first; also: hidden spellings that find it; state: its id; fields: codes;
	section, place: as shown; day: date of the record, for the order."""

	name: str
	title: str
	texts: tuple[str, ...] = ()
	also: tuple[str, ...] = ()
	programme: str | None = None
	year: int | None = None
	state: str | None = None
	section: str | None = None
	place: str | None = None
	fields: tuple[str, ...] = ()
	day: object = None

	@property
	def letters(self) -> str:
		"""What is searched (`search_text.key_of`)."""
		return "\n".join(filter(None, map(key_of, (self.title, *self.also, *self.texts))))[:MAX_TEXT]


@dataclass(frozen=True)
class Kind:
	"""Records that are searched.

	name: of a public kind as in their address, /kyodo/<name>/<record>; label: source string; filters: those of the records that are searched;
	entries: reads them among these names; of: the index, PUBLIC or DESK.
	followers: {DocType: returns the records of this kind whose words are also in a document of that DocType}; looked_up: {DocType: finds
	them in the database, for the names of all such documents that a transaction has changed}.
	"""

	name: str
	doctype: str
	label: str
	filters: Callable[..., dict]
	entries: Callable[[list[str]], list[Entry]]
	followers: dict[str, Callable[[Document], list[str]]] = field(default_factory=dict)
	looked_up: dict[str, Callable[[list[str]], list[str]]] = field(default_factory=dict)
	of: str = PUBLIC


@dataclass(frozen=True)
class Found:
	"""A page of results: [(kind, record)], how many there are, and {facet: {value: count}}; about: whether figures are approximate; titles:
	{(kind, record): its title as it is searched}."""

	records: list[tuple[str, str]]
	count: int
	facets: dict[str, dict]
	about: bool = False
	titles: dict[tuple[str, str], str] = field(default_factory=dict)


def kinds(of: str | None = None) -> dict[str, Kind]:
	"""Return {name: Kind} of all rooms, or of one index, in the order of the hook."""
	found = (kind for path in frappe.get_hooks(HOOK) for kind in frappe.get_attr(path))
	return {kind.name: kind for kind in found if of in (None, kind.of)}


# -- keeping up with the records -----------------------------------------------------------------


def on_change(doc: Document, method: str | None = None, *_names):
	"""Index a record, and those that follow it, after the transaction (doc_events of all DocTypes)."""
	for kind in kinds().values():
		if kind.doctype == doc.doctype:
			changed(kind.name, [doc.name])
		if follow := kind.followers.get(doc.doctype):
			changed(kind.name, follow(doc))
		if doc.doctype in kind.looked_up:
			_wait((kind.name, doc.doctype), [doc.name])


def after_rename(doc: Document, method: str | None, old: str, new: str, *_merge):
	"""Index a record under its new name only (doc_events)."""
	for kind in kinds().values():
		if kind.doctype == doc.doctype:
			changed(kind.name, [old, new])


def changed(kind: str, names: Iterable[str]):
	"""Index records of a kind as soon as the transaction is committed; those that are not searched leave the index."""
	_wait((kind, None), names)


def _wait(key: tuple[str, str | None], names: Iterable[str]):
	"""key: (kind, None) for its records, (kind, DocType) for documents of a DocType whose followers are looked up."""
	waiting = getattr(frappe.local, "kyodo_search_waiting", None)
	if waiting is None:
		waiting = frappe.local.kyodo_search_waiting = {}
		frappe.db.after_commit.add(_index_waiting)
		frappe.db.after_rollback.add(forget_changes)
	waiting.setdefault(key, {}).update(dict.fromkeys(names))


def forget_changes():
	"""Discard the changes noted for indexing after this transaction."""
	frappe.local.kyodo_search_waiting = None


def _index_waiting():
	waiting = getattr(frappe.local, "kyodo_search_waiting", None) or {}
	forget_changes()
	for kind in dict.fromkeys(kind for kind, _followed in waiting):
		names = {}
		try:
			names = dict.fromkeys(_records_waiting(kind, waiting))
			if len(names) > AT_ONCE and getattr(frappe.local, "request", None):
				frappe.enqueue("kyodo_frappe.common.fulltext.index", queue="long", kind=kind, names=list(names))
			elif names:
				index(kind, list(names))
		except Exception:  # the record is saved already; `refresh` makes up for it every day
			frappe.logger("kyodo").exception(f"search index: {kind} {list(names)[:5]}")
	if waiting and not frappe.db.transaction_writes:
		frappe.db.begin()  # whoever has committed reads on from now, and not as of the moment at which the index has read


def _records_waiting(kind: str, waiting: dict[tuple[str, str | None], dict]) -> Iterator[str]:
	"""The records of a kind that a transaction has changed, and those whose words are in documents that it has changed."""
	for (waits, followed), names in waiting.items():
		if waits == kind and names:
			yield from kinds()[kind].looked_up[followed](list(names)) if followed else names


def index(kind: str, names: list[str], before_reading: Callable[[], None] = lambda: None):
	"""Put those of these records that are searched into the index of their kind, and take the others out."""
	for begin in range(0, len(names), BATCH):
		batch = names[begin : begin + BATCH]
		# the records are read while no other process can write: the last one to write has read what is newest
		with _writing(kinds()[kind].of) as file:
			before_reading()
			entries = current(kind, batch)
			stamps = _stamps(kind, {"name": ["in", [entry.name for entry in entries]]}) if entries else {}
			_delete(file, kind, batch)
			for entry in entries:
				_insert(file, kind, entry, stamps.get(entry.name, ""))


def refresh(anew: bool = False, before_reading: Callable[[], None] = lambda: None, of: str | None = None):
	"""Bring the indexes, or one of them, up to date; `anew`: rebuild them from every record."""
	if anew:
		remove(of)
	for name, kind in kinds(of).items():
		public = _stamps(name, kind.filters())
		known = _known(name)
		names = [*(known.keys() - public.keys()), *(record for record, stamp in public.items() if known.get(record) != stamp)]
		index(name, names, before_reading)


def refresh_alone(anew: bool = False):
	"""Refresh the indexes in a process that does nothing else: a command, or the job of each day.

	Each batch of records begins with a transaction of its own, which sees what others have published or withdrawn meanwhile.
	"""
	refresh(anew, before_reading=frappe.db.rollback)


def refresh_empty():
	"""Fill an index that has nothing yet."""
	for of in FILES:
		if is_empty(of):
			refresh(of=of)


def is_empty(of: str = PUBLIC) -> bool:
	"""Whether nothing has been indexed yet."""
	return not size(of)


def size(of: str = PUBLIC) -> int:
	"""Return the number of records in an index."""
	with _reading(of) as file:
		return file.execute("select count(*) from record").fetchone()[0] if file else 0


def remove(of: str | None = None):
	"""Delete the indexes, or one of them."""
	for each in [of] if of else FILES:
		for ending in ("", "-wal", "-shm"):
			Path(f"{_path(each)}{ending}").unlink(missing_ok=True)


# -- searching -----------------------------------------------------------------------------------


def current(kind: str, names: list[str]) -> list[Entry]:
	"""Return what is searched of records of a kind, as it is now."""
	with in_record_language():
		return kinds()[kind].entries(names) if names else []


def search(words: tuple[str, ...], chosen: dict[str, object], start: int = 0, limit: int = 20, of: str = PUBLIC) -> Found:
	"""Return a page of what is found in an index; nothing where it cannot be read."""
	try:
		return _search(words, chosen, start, limit, of)
	except sqlite3.Error:
		frappe.logger("kyodo").exception("search index")
		return Found([], 0, {})


def how_many(words: tuple[str, ...], of: str = PUBLIC) -> int:
	"""Return how many records of an index have all these words, as `search` counts them; 0 where it cannot be read."""
	try:
		with _reading(of) as file:
			if file is None or not words:
				return 0
			values = _values(words)
			candidates = _candidates(file, values)
			if candidates > MOST_EXACT:
				return candidates
			return file.execute(f"select count(*) {_matching(words, {}, exact=True)}", values).fetchone()[0]
	except sqlite3.Error:
		frappe.logger("kyodo").exception("search index")
		return 0


def _candidates(file: sqlite3.Connection, values: dict[str, object]) -> int:
	"""Return how many records have all pairs of letters of the words."""
	return file.execute("select count(*) from pairs where pairs match :pairs", values).fetchone()[0]


def _search(words: tuple[str, ...], chosen: dict[str, object], start: int, limit: int, of: str) -> Found:
	"""Return the records with all these words, those with a word in their title first, then the latest.

	words: of `search_text.words_of`; chosen: {facet: value}. More than MOST_EXACT candidates are in the order of their days, the facets
	are counted on a sample of them, and longer words are taken to be where all their pairs of letters are.
	"""
	with _reading(of) as file:
		if file is None or not words:
			return Found([], 0, {})
		values = {**_values(words), **chosen}
		candidates = _candidates(file, values)
		if candidates <= MOST_EXACT:
			columns = f"{_COLUMNS}, record.title, {_in_title(words)}"
			found = file.execute(f"select {columns} {_matching(words, chosen, exact=True)}", values).fetchall()
			found.sort(key=lambda row: (row[-1], row[2], row[1]), reverse=True)
			page = [(*row[:2], row[-2]) for row in found[start : start + limit]]
			return Found([row[:2] for row in page], len(found), _facets(found), titles=_titles(page))
		return _found_among_many(file, words, chosen, values, candidates, (start, limit))


def _found_among_many(
	file: sqlite3.Connection, words: tuple[str, ...], chosen: dict, values: dict, candidates: int, page: tuple[int, int]
) -> Found:
	"""Return a page of a search with many candidates. Reading from the latest record on soon comes upon so frequent words."""
	every = candidates // SAMPLE + 1
	matching = _matching(words, chosen, exact=False)
	sample = file.execute(f"select {_COLUMNS} {matching} and pairs.rowid % {every} = 0", values).fetchall()
	count = len(sample) * every if chosen else candidates
	if chosen and len(sample) < SAMPLE / 50:
		count = file.execute(f"select count(*) {matching}", values).fetchone()[0]
	has_words = " and ".join(f"instr(body.letters, :word{number})" for number in range(len(words)))
	latest = f"from record join body using (id) where {has_words}{''.join(f' and {one}' for one in _narrowing(chosen))}"
	start, limit = page
	order = f"order by record.day desc, record.name desc limit {int(limit)} offset {int(start)}"
	rows = file.execute(f"select kind, name, record.title {latest} {order}", values).fetchall()
	return Found([row[:2] for row in rows], count, _facets(sample, every), about=True, titles=_titles(rows))


def _titles(rows: list[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
	return {(kind, name): title for kind, name, title in rows}


def _values(words: tuple[str, ...]) -> dict[str, object]:
	pairs = dict.fromkeys(pair for word in words for pair in pairs_of_word(word))
	values = {f"word{number}": word for number, word in enumerate(words)}
	return {**values, "pairs": " AND ".join(f'"{pair}"{"*" if pair.endswith("z") else ""}' for pair in pairs)}


def _matching(words: tuple[str, ...], chosen: dict[str, object], exact: bool) -> str:
	"""Return the `from … where …` of a search. What somebody has asked for is a value; its columns are those of FACETS."""
	conditions = ["pairs match :pairs", *_narrowing(chosen)]
	# two letters are a pair; of longer words the pairs may be scattered
	long = [number for number, word in enumerate(words) if len(word) > 2 and exact]
	conditions += [f"instr(body.letters, :word{number})" for number in long]
	texts = "join body on body.id = record.id " if long else ""
	return f"from pairs join record on record.id = pairs.rowid {texts}where {' and '.join(conditions)}"


def _narrowing(chosen: dict[str, object]) -> list[str]:
	conditions = [f"record.{facet} = :{facet}" for facet in FACETS if facet in chosen]
	if FIELD in chosen:
		conditions.append(f"instr(' ' || record.fields || ' ', ' ' || :{FIELD} || ' ')")
	return conditions


def _in_title(words: tuple[str, ...]) -> str:
	return " and ".join(f"instr(record.title, :word{number}) > 0" for number in range(len(words)))


def _facets(found: list[tuple], every: int = 1) -> dict[str, dict]:
	"""{facet: {value: count}} of rows with _COLUMNS, of which each stands for `every` records."""
	columns = list(zip(*found, strict=True)) or [()] * len(_ORDER)
	counts = {facet: Counter(columns[place]) for place, facet in enumerate(_ORDER) if facet in FACETS}
	counts[FIELD] = Counter()
	for codes, count in Counter(columns[_ORDER.index("fields")]).items():
		for code in codes.split():
			counts[FIELD][code] += count
	return {facet: {value: count * every for value, count in sums.items() if value not in (None, "")} for facet, sums in counts.items()}


# -- the file ------------------------------------------------------------------------------------


def _path(of: str) -> str:
	return frappe.get_site_path("private", FILES[of])


@contextmanager
def _reading(of: str) -> Iterator[sqlite3.Connection | None]:
	"""Open an index to read; None where there is none of this format."""
	if not Path(_path(of)).exists():
		yield None
		return
	with closing(sqlite3.connect(_path(of), timeout=SECONDS)) as file:
		yield file if _format(file) == FORMAT else None


@contextmanager
def _writing(of: str) -> Iterator[sqlite3.Connection]:
	"""Open an index in a transaction that excludes other writers."""
	with closing(sqlite3.connect(_path(of), timeout=SECONDS, isolation_level=None)) as file:
		file.execute("pragma journal_mode = wal")
		file.execute("pragma synchronous = normal")
		file.execute("pragma secure_delete = on")  # a text that is withdrawn leaves the file, too
		file.execute("begin immediate")
		if _format(file) != FORMAT:
			_create(file)
		yield file
		file.execute("commit")


def _format(file: sqlite3.Connection) -> int:
	return file.execute("pragma user_version").fetchone()[0]


def _create(file: sqlite3.Connection):
	tables = file.execute("select name from sqlite_master where type = 'table' and name in ('record', 'body', 'pairs')")
	for (table,) in tables.fetchall():
		file.execute(f"drop table {table}")
	for statement in _SCHEMA.split(";"):
		file.execute(statement)


def _stamps(kind: str, filters: dict) -> dict[str, str]:
	rows = frappe.get_all(kinds()[kind].doctype, filters, ["name", "modified"], as_list=True, order_by="name")
	return {name: str(modified) for name, modified in rows}


def _known(kind: str) -> dict[str, str]:
	with _reading(kinds()[kind].of) as file:
		return dict(file.execute("select name, stamp from record where kind = ?", (kind,)).fetchall()) if file else {}


def _insert(file: sqlite3.Connection, kind: str, entry: Entry, stamp: str):
	title = key_of(entry.title)
	letters = entry.letters
	facets = (*(getattr(entry, facet) for facet in FACETS[1:]), " ".join(entry.fields))
	values = (kind, entry.name, str(entry.day or ""), *facets, title, stamp)
	columns = ", ".join((*_ORDER, "title", "stamp"))
	number = file.execute(f"insert into record ({columns}) values ({', '.join('?' * len(values))})", values).lastrowid
	file.execute("insert into body values (?, ?)", (number, letters))
	file.execute("insert into pairs (rowid, codes) values (?, ?)", (number, " ".join(pairs_of(letters))))


def _delete(file: sqlite3.Connection, kind: str, names: list[str]):
	for name in names:
		found = file.execute("select id, letters from record join body using (id) where kind = ? and name = ?", (kind, name)).fetchone()
		if found:
			number, letters = found
			# an index without content is told what it forgets
			file.execute("insert into pairs (pairs, rowid, codes) values ('delete', ?, ?)", (number, " ".join(pairs_of(letters))))
			for table in ("record", "body"):
				file.execute(f"delete from {table} where id = ?", (number,))
