"""What a process of tests works out once, where Frappe's libraries do so each time: pure functions of what they are given."""

import functools


def remember():
	"""Let the libraries of this process remember their results, for as long as it lives."""
	_style_sheets()
	_columns()
	_selects()


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


def _selects():
	"""The SQL of a query for values (Frappe 15), built anew for each: the same for the same columns and conditions.

	Only for conditions that compare columns with texts. What stands in a query built by Frappe is what was asked for, or it is
	not remembered.
	"""
	import frappe
	from frappe.database.database import Database

	build = getattr(Database, "_get_values_from_table", None)
	if build is None:
		return
	known = {}

	@functools.wraps(build)
	def values_of(db, fields, filters, doctype, as_dict, *, debug=False, update=None, run=True, pluck=False, **how):
		texts = {"name": filters} if type(filters) is str else filters
		plain = type(texts) is dict and texts and all(type(text) is str for text in texts.values())
		if plain and run and not frappe.flags.in_safe_exec and _are_plain(fields, how):
			key = (db.db_type, doctype, fields if fields == "*" else tuple(fields), tuple(texts), tuple(how.items()))
			if key not in known:
				query = frappe.qb.get_query(table=doctype, filters=filters, fields=fields, validate_filters=True, **how)
				sql, given = query.walk()
				known[key] = (sql, tuple(given)) if [*given.values()] == [*texts.values()] and not query._child_queries else None
			if known[key]:
				sql, names = known[key]
				as_dict = as_dict or fields == "*"
				return db.sql(sql, dict(zip(names, texts.values())), as_dict=as_dict, debug=debug, update=update, pluck=pluck)
		return build(db, fields, filters, doctype, as_dict, debug=debug, update=update, run=run, pluck=pluck, **how)

	Database._get_values_from_table = values_of


def _are_plain(fields, how: dict) -> bool:
	"""Whether the columns and the way to read them are texts and switches."""
	columns = [] if fields == "*" else fields
	return isinstance(columns, list | tuple) and all(type(one) in (str, int, bool, type(None)) for one in (*columns, *how.values()))
