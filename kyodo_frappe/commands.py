"""`bench --site SITE kyodo …` (contract: design.md §9)."""

import sys

import click
import frappe
from frappe.commands import get_site, pass_context


@click.group("kyodo")
def kyodo():
	"""Programme presets, the demo city and the acceptance walk."""


@kyodo.command("preset")
@click.argument("name")
@pass_context
def preset(context, name):
	"""Load the programme preset NAME: kamakura, kunitachi, kodaira, kokubunji, jnpoc or standard."""
	from kyodo_frappe.programme.presets import load_preset

	with _site(context):
		click.echo(f"Programme: {load_preset(name)}")
		frappe.db.commit()


@kyodo.command("export")
@click.argument("programme")
@click.argument("file", type=click.File("w", encoding="utf-8"))
@pass_context
def export(context, programme, file):
	"""Write PROGRAMME, without any person, into FILE for another city."""
	from kyodo_frappe.programme.file import as_text

	with _site(context):
		file.write(as_text(frappe.get_doc("Kyodo Programme", programme)))


@kyodo.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--name", help="Another name for the programme than the file gives.")
@pass_context
def import_(context, file, name):
	"""Make the programme of FILE that another city has exported."""
	from kyodo_frappe.programme.file import bring, read

	with _site(context):
		preset = read(file.read())
		if name:
			preset["programme"]["programme_name"] = name
		click.echo(f"Programme: {bring(preset)}")
		frappe.db.commit()


@kyodo.command("demo")
@click.option("--size", default=30, show_default=True, help="How many proposals the demo city has.")
@click.option("--clear", is_flag=True, help="Remove exactly what the demo made.")
@pass_context
def demo(context, size, clear):
	"""Fill the site with a living demo city; prints its logins."""
	from kyodo_frappe.demo import city

	with _site(context):
		if clear:
			click.echo(city.clear())
		else:
			for login in city.build(size, say=click.echo):
				click.echo(f"{login['role']:28} {login['user']:36} {login['password']}")
		frappe.db.commit()


@kyodo.command("cycle")
@click.option("--keep", is_flag=True, help="Leave the records of the walk in the site.")
@pass_context
def cycle(context, keep):
	"""Walk one proposal through the whole cycle and one through refusal and back, over REST."""
	from kyodo_frappe.demo.cycle import Cycle, Failed
	from kyodo_frappe.demo.doors import Refused

	with _site(context):
		try:
			steps = Cycle(say=click.echo).run(keep=keep)
		except (Failed, Refused) as failure:
			click.echo(f"FAILED  {failure}")
			sys.exit(1)
		click.echo(f"{steps} steps done, all as they should be.")


@kyodo.command("check")
@pass_context
def check(context):
	"""Look whether the site is set as SECURITY.md asks; exits 1 where it is not."""
	from kyodo_frappe.web.site_check import findings

	with _site(context):
		found = list(findings())
	for well, sentence in found:
		click.echo(f"{'ok' if well else '!!':4}{sentence}")
	sys.exit(0 if all(well for well, _sentence in found) else 1)


@kyodo.command("form-check")
@pass_context
def form_check(context):
	"""Show where each field of the programmes' forms appears; exits 1 where a declared place does not show it."""
	from kyodo_frappe.front.form_check import in_words

	with _site(context):
		good, lines = in_words()
		for line in lines:
			click.echo(line)
	sys.exit(0 if good else 1)


@kyodo.command("access")
@pass_context
def access(context):
	"""Print who may read, write, make and delete which records, as the administrators' guide shows it."""
	from frappe import _

	from kyodo_frappe.permissions import role_links
	from kyodo_frappe.permissions.access import as_markdown

	with _site(context):
		click.echo(as_markdown(lambda doctype: _(doctype)))
		if linked := role_links.as_markdown():
			click.echo(f"\n{linked}")


def _site(context):
	"""Connect to the site as its administrator, in Japanese, with mails muted for what the command does."""
	return _Connection(get_site(context))


class _Connection:
	def __init__(self, site):
		self.site = site

	def __enter__(self):
		frappe.init(site=self.site)
		frappe.connect()
		frappe.set_user("Administrator")
		frappe.local.lang = "ja"
		frappe.flags.mute_emails = True

	def __exit__(self, *_exc):
		frappe.destroy()


commands = [kyodo]
