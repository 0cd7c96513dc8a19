"""What the search costs with 100, 10,000 and 100,000 proposals: ten queries, among them words that nearly every record has."""

import random
import re
import statistics
import tempfile
import time
from pathlib import Path

SIZES = (100, 10_000, 100_000)
BATCH = 1000
ROUNDS = 7
QUERIES = ("防災", "事業", "子ども食堂", "協働", "髙橋", "防災訓練", "評価 団体", "ﾎﾞﾗﾝﾃｨｱ", "森", "どこにもない言葉")
EVERYWHERE, OFTEN, SELDOM = "地域の市民と協働する事業です。", "防災訓練を行います。", "高橋さんの子ども食堂です。"


def measure(bench):
	"""By size: seconds to index, megabytes of the file, and milliseconds of a search with its facets (median, 95 %, slowest word)."""
	from kyodo_frappe.common import fulltext

	place, figures = fulltext._path, {}
	with tempfile.TemporaryDirectory() as folder:
		fulltext._path = lambda _of: str(Path(folder) / "search.sqlite3")
		try:
			made, seconds = 0, 0.0
			for size in SIZES:
				begin = time.perf_counter()
				_fill(fulltext, made, size)
				seconds += time.perf_counter() - begin
				made = size
				figures[f"indexing_{size}_seconds"] = round(seconds, 1)
				figures[f"file_{size}_mb"] = round(Path(fulltext._path(fulltext.PUBLIC)).stat().st_size / 1e6, 1)
				figures |= _times(fulltext, size)
		finally:
			fulltext._path = place
	return figures


def _fill(fulltext, first: int, last: int):
	chance = random.Random(first)
	sentences = _sentences()
	weights = [1 / (number + 3) ** 0.6 for number in range(len(sentences))]
	for begin in range(first, last, BATCH):
		with fulltext._writing(fulltext.PUBLIC) as file:
			for number in range(begin, min(begin + BATCH, last)):
				fulltext._insert(file, "proposals", _entry(fulltext, chance, number, sentences, weights), "")


def _entry(fulltext, chance: random.Random, number: int, sentences: list[str], weights: list[float]):
	"""A proposal of some 500 letters."""
	texts = chance.choices(sentences, weights, k=20)
	for share, sentence in ((0.95, EVERYWHERE), (0.03, OFTEN), (0.004, SELDOM)):
		texts += [sentence] if chance.random() < share else []
	year = chance.randint(2016, 2026)
	return fulltext.Entry(
		name=f"KP-{number:06}",
		title=chance.choice(texts)[:40],
		texts=tuple(texts),
		programme=f"制度{chance.randint(1, 2)}",
		year=year,
		state=chance.choice(("Received", "Adopted", "Not Adopted", "Declined")),
		section=f"課{chance.randint(1, 30)}",
		fields=tuple({f"{chance.randint(1, 20):02}" for _each in range(2)}),
		day=f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
	)


def _sentences() -> list[str]:
	"""The Japanese sentences of the presets, in which words are as frequent as in this domain."""
	import frappe

	found = {}
	for path in sorted(Path(frappe.get_app_path("kyodo_frappe", "presets")).rglob("*.json")):
		for text in re.findall(r'"([^"\\]*[ぁ-ん][^"\\]*)"', path.read_text(encoding="utf-8")):
			found.update(dict.fromkeys(sentence for sentence in re.split(r"(?<=。)", text) if len(sentence) > 8))
	sentences = list(found)
	random.Random(1).shuffle(sentences)
	return sentences


def _times(fulltext, size: int) -> dict[str, float]:
	from kyodo_frappe.rules.search_text import words_of

	times = {}
	for asked in QUERIES:
		words = words_of(asked)
		times[asked] = [_milliseconds(lambda words=words: fulltext.search(words, {}, 0, 10)) for _round in range(ROUNDS)]
	each = [value for values in times.values() for value in values]
	medians = {asked: round(statistics.median(values), 1) for asked, values in times.items()}
	slowest = max(medians, key=medians.get)
	return {
		f"search_{size}_median_ms": round(statistics.median(each), 1),
		f"search_{size}_95_percent_ms": round(statistics.quantiles(each, n=20)[-1], 1),
		f"search_{size}_slowest": {slowest: medians[slowest], "found": fulltext.search(words_of(slowest), {}, 0, 1).count},
		f"search_{size}_words_ms": medians,
	}


def _milliseconds(act) -> float:
	begin = time.perf_counter()
	act()
	return (time.perf_counter() - begin) * 1000
