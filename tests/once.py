"""What a process of tests works out once, where Frappe's libraries do so each time: pure functions of what they are given."""

import functools


def remember():
	"""Let the libraries of this process remember their results, for as long as it lives."""
	_style_sheets()
	_templates()
	_room_for_answers()
	_columns()


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
	"""The columns of an answer of the database, which PyMySQL (Frappe 15) reads anew in each: the same for each query of a kind."""
	try:
		from pymysql.connections import MySQLResult
	except ImportError:
		return
	read, known = MySQLResult._get_descriptions, {}

	@functools.wraps(read)
	def columns_of(answer):
		connection = answer.connection
		end = _end(connection, answer.field_count + 1)
		if not end:
			return read(answer)
		key = (connection._rfile.peek()[:end], connection.encoding, connection.use_unicode)
		if key in known:
			connection._rfile.read(end)
			connection._next_seq_id = (connection._next_seq_id + answer.field_count + 1) % 256
		else:
			read(answer)
			known[key] = (answer.fields, answer.converters, answer.description)
		answer.fields, answer.converters, answer.description = known[key]

	MySQLResult._get_descriptions = columns_of


def _end(connection, packets: int) -> int:
	"""Return how many bytes so many packets take, or 0 if not all of them have arrived."""
	arrived, end = connection._rfile.peek(), 0
	for _packet in range(packets):
		end += 4 + int.from_bytes(arrived[end : end + 3], "little")
	return end if end <= len(arrived) else 0


def _room_for_answers():
	"""Room for a whole answer of the database, so that `_columns` finds its columns together."""
	try:
		from pymysql.connections import Connection
	except ImportError:
		return
	connect = Connection.connect

	@functools.wraps(connect)
	def connect_with_room(connection, sock=None):
		connect(connection, sock)
		connection._rfile = connection._sock.makefile("rb", 1 << 16)

	Connection.connect = connect_with_room


def _templates():
	"""The code of a template, which Frappe has Jinja compile anew in every request, and that of a text at every use."""
	import frappe
	from jinja2 import Environment

	compile_, known = Environment.compile, {}

	@functools.wraps(compile_)
	def code_of(environment, source, name=None, filename=None, raw=False, defer_init=False):
		if not isinstance(source, str):
			return compile_(environment, source, name, filename, raw, defer_init)
		# constants are worked out while compiling, perhaps with filters, and these may look at the language
		settings = (type(environment), environment.autoescape, *sorted(environment.filters), getattr(frappe.local, "lang", None))
		key = (source, name, filename, raw, defer_init, settings)
		if key not in known:
			known[key] = compile_(environment, source, name, filename, raw, defer_init)
		return known[key]

	Environment.compile = code_of
