"""A national list of 50,000 organisations: checked, imported, imported again; how the site answers meanwhile.

Rows per second are given as a multiple of what inserting one record after the other gives in the same run.
"""

import csv
import io
import resource
import statistics
import threading
import time

ROWS = 50_000
SINGLY = 40
TAG = "計測用の団体"
HEADINGS = (
	[
		"法人名称",
		"法人名称カナ",
		"所轄庁",
		"主たる事務所の所在地",
		"主たる事業所の郵便番号",
		"代表者氏名",
		"設立年月日",
		"定款に記載された目的",
	]
	+ [f"活動分野{number}" for number in range(1, 21)]
	+ ["解散情報", "法人情報URL", "法人番号"]
)


def measure(bench):
	"""Seconds, rows per second against single inserts, answers of the site during a run against before it."""
	import frappe

	from kyodo_frappe.organisations import import_list as imports

	limit = frappe.local.conf.get("max_file_size")
	frappe.local.conf.max_file_size = 100 * 1024 * 1024
	name = None
	try:
		singly = _insert_singly(frappe)
		name = _list(frappe, imports)
		alone = _answers(bench, lambda: time.sleep(3))
		figures, meanwhile = {}, []
		for step, dry, expected in (("check", True, (ROWS, 0)), ("import", False, (ROWS, 0)), ("again", False, (0, ROWS))):
			begin = time.perf_counter()
			meanwhile += _answers(bench, lambda dry=dry: imports.run(name, dry))
			seconds = time.perf_counter() - begin
			doc = frappe.get_doc(imports.DOCTYPE, name)
			assert (doc.new_count, doc.unchanged_count) == expected, (doc.status, doc.message, doc.problems)
			figures[f"{step}_seconds"] = round(seconds, 1)
			figures[f"{step}_rows_to_single_inserts"] = round(ROWS / seconds / singly, 1)
		figures["answer_during_to_before"] = round(statistics.median(meanwhile) / statistics.median(alone), 2)
		figures["longest_answer_during_ms"] = round(max(meanwhile))
		figures["most_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
		return figures
	finally:
		frappe.local.conf.max_file_size = limit
		_forget(frappe, imports, name)


def _insert_singly(frappe):
	begin = time.perf_counter()
	for number in range(SINGLY):
		values = {"organisation_name": f"{TAG}{number}単", "address": f"鎌倉市{number}", "activity_fields": [{"activity_field": "01"}]}
		frappe.get_doc({"doctype": "Kyodo Organisation", **values}).insert()
	seconds = time.perf_counter() - begin
	frappe.db.rollback()
	return SINGLY / seconds


def _list(frappe, imports):
	doc = frappe.get_doc({"doctype": imports.DOCTYPE, "programme": _programme(frappe)}).insert()
	place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "is_private": 1}
	file = frappe.get_doc({"doctype": "File", "file_name": "全国.csv", "content": content(), **place}).insert()
	doc.source_file = file.file_url
	doc.save()
	frappe.db.commit()
	return doc.name


def _programme(frappe):
	from kyodo_frappe.programme.presets import load_preset

	return next(iter(frappe.get_all("Kyodo Programme", pluck="name", order_by="creation")), None) or load_preset("kamakura")


def content() -> bytes:
	"""The list, in CP932 as the portal gives it."""
	text = io.StringIO()
	writer = csv.writer(text)
	writer.writerow(HEADINGS)
	for number in range(ROWS):
		fields = ["○" if number % 20 in (place, place + 3) else "" for place in range(20)]
		purpose = f"この法人は、{number}番目の地域の人々に対して、学習支援と食事の提供に関する事業を行い、子どもの健全育成に寄与する。" * 2
		begin = [
			f"特定非営利活動法人{TAG}{number}",
			"ケイソクヨウノダンタイ",
			"神奈川県",
			f"神奈川県鎌倉市御成町{number}番地",
			f"{number % 10**7:07}",
		]
		writer.writerow(
			[*begin, "髙﨑 一郎", f"平成{number % 30 + 1}年1月8日", purpose, *fields, "", "https://example.org/", _number(number)]
		)
	return text.getvalue().encode("cp932")


def _number(number: int) -> str:
	twelve = f"{900_000_000_000 + number}"
	total = sum(int(digit) * (1 if place % 2 else 2) for place, digit in enumerate(reversed(twelve), 1))
	return f"{9 - total % 9}{twelve}"


def _answers(bench, work):
	"""Milliseconds of pings and lists that another thread asks for while `work` goes on."""
	session = bench.web.as_user("Administrator")
	taken, over = [], threading.Event()

	def ask():
		while not over.is_set():
			begin = time.perf_counter()
			session.get("/api/resource/Kyodo Organisation", params={"limit_page_length": 20}).raise_for_status()
			taken.append((time.perf_counter() - begin) * 1000)
			time.sleep(0.05)

	asking = threading.Thread(target=ask)
	asking.start()
	try:
		work()
	finally:
		over.set()
		asking.join()
	return taken


def _forget(frappe, imports, name):
	frappe.db.rollback()
	organisation = frappe.qb.DocType("Kyodo Organisation")
	activity = frappe.qb.DocType("Kyodo Organisation Activity")
	made = frappe.qb.from_(organisation).select(organisation.name).where(organisation.organisation_name.like(f"%{TAG}%"))
	frappe.qb.from_(activity).delete().where(activity.parent.isin(made)).run()
	frappe.qb.from_(organisation).delete().where(organisation.organisation_name.like(f"%{TAG}%")).run()
	if name:
		frappe.delete_doc(imports.DOCTYPE, name, force=True)
	frappe.db.commit()
