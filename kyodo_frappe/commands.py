"""`bench --site SITE kyodo …` (contract: design.md §9).

Each command imports what it needs itself: `bench` loads this module for every command of every app.
"""

import sys

import click
import frappe
from frappe.commands import get_site, pass_context


@click.group("kyodo")
def kyodo():
	"""Programme presets, the demo city, the acceptance walk and checks."""


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
	"""Write PROGRAMME, without any personal data, to FILE for another city."""
	from kyodo_frappe.programme.file import as_text

	with _site(context):
		file.write(as_text(frappe.get_doc("Kyodo Programme", programme)))


@kyodo.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--name", help="Another name for the programme than the file gives.")
@pass_context
def import_(context, file, name):
	"""Make a programme from FILE, as another city has exported it."""
	from kyodo_frappe.programme.file import create, read

	with _site(context):
		preset = read(file.read())
		if name:
			preset["programme"]["programme_name"] = name
		click.echo(f"Programme: {create(preset)}")
		frappe.db.commit()


@kyodo.command("demo")
@click.option("--size", default=30, show_default=True, help="How many proposals the demo city has.")
@click.option("--clear", is_flag=True, help="Remove exactly the records that the demo made.")
@pass_context
def demo(context, size, clear):
	"""Fill the site with a demo city and print its logins."""
	from kyodo_frappe.demo import city

	with _site(context):
		if clear:
			click.echo(city.clear())
		else:
			for login in city.build(size, log=click.echo):
				click.echo(f"{login['role']:28} {login['user']:36} {login['password']}")
		frappe.db.commit()


@kyodo.command("cycle")
@click.option("--keep", is_flag=True, help="Keep the records of the walk.")
@pass_context
def cycle(context, keep):
	"""Take one proposal through the whole cycle, and one through refusal and re-proposal, over REST."""
	from kyodo_frappe.demo.clients import Refused
	from kyodo_frappe.demo.cycle import Cycle, Failed

	with _site(context):
		try:
			steps = Cycle(log=click.echo).run(keep=keep)
		except (Failed, Refused) as failure:
			click.echo(f"FAILED  {failure}")
			sys.exit(1)
		click.echo(f"{steps} steps done, all as they should be.")


@kyodo.command("check")
@pass_context
def check(context):
	"""Check the site's settings against SECURITY.md; exit with 1 if one differs."""
	from kyodo_frappe.web.site_check import findings

	with _site(context):
		found = list(findings())
	for passed, sentence in found:
		click.echo(f"{'ok' if passed else '!!':4}{sentence}")
	sys.exit(0 if all(passed for passed, _sentence in found) else 1)


@kyodo.command("form-check")
@pass_context
def form_check(context):
	"""Show where each field of the programmes' forms appears; exit with 1 if a declared place does not show it."""
	from kyodo_frappe.front.form_check import report_lines

	with _site(context):
		passed, lines = report_lines()
		for line in lines:
			click.echo(line)
	sys.exit(0 if passed else 1)


@kyodo.command("search-index")
@pass_context
def search_index(context):
	"""Read every record again for the searches of the public and of the desk."""
	from kyodo_frappe.common import fulltext

	with _site(context):
		fulltext.refresh_alone(anew=True)
		click.echo(f"{fulltext.size()} records are searched, {fulltext.size(fulltext.DESK)} at the desk.")


@kyodo.command("access")
@pass_context
def access(context):
	"""Print who may read, write, create and delete which records, as in the administrators' guide."""
	from frappe import _

	from kyodo_frappe.permissions import role_links
	from kyodo_frappe.permissions.access import as_markdown

	with _site(context):
		click.echo(as_markdown(lambda doctype: _(doctype)))
		if linked := role_links.as_markdown():
			click.echo(f"\n{linked}")


def _site(context):
	"""Connect to the site as its Administrator, in Japanese and with mails muted, for the length of a block."""
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
