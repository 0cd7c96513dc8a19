"""What a process of tests works out once, where Frappe's libraries do so each time: pure functions of what they are given."""

import functools
import importlib

from unpickled_copies import Copies


def remember():
	"""Let the libraries of this process remember their results, for as long as it lives."""
	_style_sheets()
	_columns()
	_moments()
	_cached_values()


def _style_sheets():
	"""The rules of a style sheet, which premailer reads anew for every mail."""
	from premailer import Premailer

	read, known = Premailer._parse_style_rules, {}

	@functools.wraps(read)
	def rules_of(premailer, text, number):
		settings = (premailer.disable_validation, premailer.strip_important, premailer.exclude_pseudoclasses)
		key = (text, number, *settings, premailer.include_star_selectors)
		if key not in known:
			known[key] = read(premailer, text, number)
		rules, others = known[key]
		return list(rules), list(others)

	Premailer._parse_style_rules = rules_of


def _columns():
	"""The columns of a table, which PyMySQL (Frappe 15) reads anew in every answer of the database."""
	try:
		from pymysql.protocol import FieldDescriptorPacket
	except ImportError:
		return
	read, known = FieldDescriptorPacket._parse_field_descriptor, {}

	@functools.wraps(read)
	def column_of(packet, encoding):
		key = (packet._data, encoding)
		if key in known:
			packet.__dict__.update(known[key])
		else:
			read(packet, encoding)
			known[key] = dict(packet.__dict__)

	FieldDescriptorPacket._parse_field_descriptor = column_of


def _moments():
	"""The days with their times in rows, which Frappe parses one by one: rows that were written together have the same."""
	from frappe.utils import get_datetime

	remembered = functools.lru_cache(50_000)(get_datetime)
	for driver in ("database", "mysqlclient"):
		try:
			conversions = importlib.import_module(f"frappe.database.mariadb.{driver}").MariaDBDatabase.CONVERSION_MAP
		except ImportError:
			continue
		conversions.update({kind: remembered for kind, convert in conversions.items() if convert is get_datetime})


def _cached_values():
	"""What Frappe's cache has unpickled: DocTypes, records, and the texts of a language in each request."""
	from frappe.utils import redis_wrapper

	redis_wrapper.pickle = Copies()
