"""Templates of messages: an Email Template `kyodo <event>` per event, which the desk may change, rendered in a sandbox.

A template is plain text with paragraphs separated by empty lines, or HTML. It may use the facts of its event
(`events.json`), `if`, and `for` over a fact; `check` refuses anything else on save. As with workflows, missing templates are
created and untouched ones upgraded, by the hash of our last version. `reset` restores the original.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html
from jinja2 import TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kyodo_frappe.messages.errors import (
	BrokenSyntax,
	ForbiddenMarkup,
	ForbiddenSyntax,
	InvalidTemplate,
	LinkMissing,
	TooComplex,
	UnknownFact,
)
from kyodo_frappe.messages.events import Event, all_events, describe
from kyodo_frappe.workflows.sync import STORE

DOCTYPE = "Email Template"
PREFIX = "kyodo "
MAX_LENGTH = 20_000  # characters of a template
FILTERS = ("default", "first", "join", "last", "length")
# permitted nodes of a template's syntax tree, besides names
PARTS = (
	*(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.If, nodes.For, nodes.Filter),
	*(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.CondExpr),
)
CONTROL_LINE = re.compile(
	r"^[ \t]*((?:\{%[^\n]*?%\})+)[ \t]*\n", re.MULTILINE
)  # a line with an “if” or “for” only, which leaves no blank line
HTML = re.compile(r"<(p|div|br|table|ul|ol|h[1-6]|a|span|b|strong|em|i|u|img|hr)\b", re.IGNORECASE)
SCRIPT = re.compile(
	r"<\s*/?\s*(script|style|iframe|object|embed|form|input|button|link|meta|base|svg)\b|\son\w+\s*=|(javascript|vbscript|data)\s*:",
	re.IGNORECASE,
)


def name_of(event: str) -> str:
	"""Return the name of an event's own Email Template."""
	return f"{PREFIX}{event}"


# -- rendering --------------------------------------------------------------------------------


def template_of(event: Event, template: str | None = None) -> tuple[str, str]:
	"""Return (subject, text) of a template, by default the event's own, or of `events.json` if it has been deleted."""
	name = template or name_of(event.name)
	try:
		return _content(frappe.get_cached_doc(DOCTYPE, name))
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return event.subject, event.text


def _content(doc: Document) -> tuple[str, str]:
	return doc.subject or "", (doc.response_html if doc.use_html else doc.response) or ""


def fill(subject: str, text: str, facts: dict) -> tuple[str, str]:
	"""Render a template with its facts; returns (subject, HTML)."""
	as_html = bool(HTML.search(text))
	filled = _environment(as_html).from_string(CONTROL_LINE.sub(r"\1", text)).render(facts)
	heading = " ".join(_environment(False).from_string(subject).render(facts).split())
	return heading, filled if as_html else _paragraphs(filled, facts)


@cache
def _environment(autoescape: bool) -> ImmutableSandboxedEnvironment:
	made = ImmutableSandboxedEnvironment(autoescape=autoescape)
	made.globals.clear()
	made.filters = {name: made.filters[name] for name in FILTERS}
	return made


def _paragraphs(text: str, facts: dict) -> str:
	"""Convert plain text to HTML; a line that consists of an address of ours becomes a link."""
	ours = {value for name, value in facts.items() if name.endswith("link") and value}

	def line(given: str) -> str:
		shown = escape_html(given)
		return f'<a href="{shown}">{shown}</a>' if given.strip() in ours else shown

	parts = [part.strip("\n") for part in re.split(r"\n\s*\n", text) if part.strip()]
	return "\n".join("<p>" + "<br>\n".join(line(row) for row in part.split("\n")) + "</p>" for part in parts)


# -- validation -------------------------------------------------------------------------------


def check_saved(doc: Document, method: str | None = None):
	"""Validate an Email Template that an event uses (hooks.py).

	Runs in before_validate, because Frappe's own validation evaluates constants such as `"x" * 999999999`. Raises
	InvalidTemplate.
	"""
	for event in _used_for(doc.name):
		check(event, *_content(doc))


def check(event: Event, subject: str, text: str, place: str = ""):
	"""Validate a template for an event. Raises InvalidTemplate or a subclass, which names the line and the remedy.

	`place`: the row in which the template was chosen, for the message.
	"""
	for part, given in ((_("Subject"), subject), (_("Text"), text)):
		part = "　".join(filter(None, [place, part]))
		if not given.strip():
			frappe.throw(_("{0} is empty. Please enter a text.").format(part), InvalidTemplate)
		if len(given) > MAX_LENGTH:
			frappe.throw(_("{0}: the text is too long. The maximum is {1} characters.").format(part, MAX_LENGTH), InvalidTemplate)
		if found := SCRIPT.search(given):
			line = given.count("\n", 0, found.start()) + 1
			frappe.throw(
				_("{0}, line {1}: a message must not contain scripts, forms or styles. Please remove “{2}”.").format(
					part, line, found[0].strip()
				),
				ForbiddenMarkup,
			)
		_check_template(event, part, given)
	if (event.required or event.private) and "link" in event.facts and "link" not in set(_names_in(text)):
		if "link" in set(_names_in(event.text)):
			frappe.throw(_("Text: this message needs its link. Please put {0} on a line of its own.").format("{{ link }}"), LinkMissing)


def _check_template(event: Event, part: str, given: str):
	try:
		tree = _environment(False).parse(given)
		_check_parts(event, part, tree, set(event.facts), 0)
		_environment(bool(HTML.search(given))).from_string(given).render(examples(event))
	except TemplateError as wrong:
		line = getattr(wrong, "lineno", None) or 1
		frappe.throw(
			_("{0}, line {1}: the syntax of {2} or {3} is invalid ({4}). Please compare it with the original.").format(
				part, line, "{{ }}", "{% %}", escape_html(wrong.message or "")
			),
			BrokenSyntax,
		)
	except (RecursionError, SyntaxError, TypeError, ValueError, OverflowError):
		frappe.throw(
			_("{0}: the conditions are nested too deeply, or compare values that cannot be compared. Please simplify them.").format(part),
			TooComplex,
		)


def _check_parts(event: Event, part: str, node: nodes.Node, known: set[str], loops: int):
	if isinstance(node, nodes.For):
		if loops or not _is_plain(node):
			_refuse(part, node, "for")
		known = known | {node.target.name, "loop"}
	elif isinstance(node, nodes.Name) and node.name not in known:
		facts = _(", ").join(sorted(event.facts))
		frappe.throw(
			_("{0}, line {1}: this message has no fact “{2}”. Available facts: {3}.").format(
				part, node.lineno, escape_html(node.name), facts
			),
			UnknownFact,
		)
	elif not _is_permitted(node):
		what = f".{node.attr}" if isinstance(node, nodes.Getattr) else getattr(node, "name", None)
		_refuse(part, node, what or type(node).__name__.lower())
	for child in node.iter_child_nodes():
		_check_parts(event, part, child, known, loops + isinstance(node, nodes.For))


def _is_plain(loop: nodes.For) -> bool:
	return isinstance(loop.iter, nodes.Name) and isinstance(loop.target, nodes.Name) and not loop.recursive


def _is_permitted(node: nodes.Node) -> bool:
	if isinstance(node, nodes.Getattr):
		return isinstance(node.node, nodes.Name) and node.node.name == "loop" and node.attr in ("first", "last", "index")
	return isinstance(node, PARTS) and (not isinstance(node, nodes.Filter) or node.name in FILTERS)


def _refuse(part: str, node: nodes.Node, what: object):
	frappe.throw(
		_("{0}, line {1}: a message may contain only facts, “{3}”, and “{4}” over one fact. Please remove “{2}”.").format(
			part, node.lineno, escape_html(str(what if isinstance(what, str) else type(node).__name__)), "if", "for"
		),
		ForbiddenSyntax,
	)


def _names_in(text: str) -> Iterator[str]:
	return (node.name for node in _environment(False).parse(text).find_all(nodes.Name))


def _used_for(template: str) -> Iterator[Event]:
	"""Yield the events that use a template, as their own or by choice of a programme."""
	rows = frappe.get_all("Kyodo Message", {"email_template": template}, pluck="event", order_by="event")
	own = template.removeprefix(PREFIX) if (template or "").startswith(PREFIX) else None
	return (event for name, event in all_events().items() if name == own or name in rows)


def examples(event: Event) -> dict:
	"""Return an example value for each fact of an event."""
	return {fact: describe(fact)["example"] for fact in event.facts}


# -- synchronisation ------------------------------------------------------------------------------


def sync():
	"""Create missing templates and upgrade those that the city has not changed."""
	for event in all_events().values():
		_sync(event)


def _sync(event: Event):
	wanted, name = _hash(event.subject, event.text), name_of(event.name)
	if not frappe.db.exists(DOCTYPE, name):
		_write(frappe.new_doc(DOCTYPE), event)
		return
	doc = frappe.get_doc(DOCTYPE, name)
	current = _hash(*_content(doc))
	if current == wanted:
		_keep_hash(event, wanted)
	elif current == _stored(event):
		_write(doc, event)


def reset(event: Event):
	"""Restore the original template of an event."""
	name = name_of(event.name)
	_write(frappe.get_doc(DOCTYPE, name) if frappe.db.exists(DOCTYPE, name) else frappe.new_doc(DOCTYPE), event)


def write(event: Event, subject: str, text: str):
	"""Change the event's own template. Raises InvalidTemplate as `check`."""
	name = name_of(event.name)
	doc = frappe.get_doc(DOCTYPE, name) if frappe.db.exists(DOCTYPE, name) else frappe.new_doc(DOCTYPE)
	if doc.is_new():
		doc.name = name
	doc.update({"subject": subject, "use_html": 1, "response_html": text})
	# Frappe reserves Email Templates for System Managers; the caller has checked our own role
	doc.save(ignore_permissions=True)


def _write(doc: Document, event: Event):
	if doc.is_new():
		doc.name = name_of(event.name)
	doc.update({"subject": event.subject, "use_html": 1, "response_html": event.text})
	doc.save(ignore_permissions=True)  # as in `write`; also runs during install
	_keep_hash(event, _hash(event.subject, event.text))


def remove():
	"""Delete the templates of our events, when the app is uninstalled."""
	for name in map(name_of, all_events()):
		if frappe.db.exists(DOCTYPE, name):
			# runs during uninstall, as Administrator
			frappe.delete_doc(DOCTYPE, name, force=True, ignore_permissions=True)


def _hash(subject: str, text: str) -> str:
	plain = "\n".join([subject.strip(), *(line.rstrip() for line in text.strip().splitlines())])
	return hashlib.sha256(plain.encode()).hexdigest()


def _key(event: Event) -> str:
	return f"message:{event.name}"


def _stored(event: Event) -> str | None:
	return frappe.db.get_value("DefaultValue", {"parent": STORE, "defkey": _key(event)}, "defvalue")


def _keep_hash(event: Event, value: str):
	if _stored(event) != value:
		frappe.defaults.set_default(_key(event), value, STORE)
