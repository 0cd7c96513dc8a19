"""`bench --site SITE kyodo …` (contract: design.md §9)."""

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
	"""Load the programme preset NAME (kamakura, …)."""
	raise click.ClickException("Not built yet")


commands = [kyodo]
