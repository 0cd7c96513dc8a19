"""What the Frappe of August 2023 needs so that it runs on the Pythons of today's Debian as cities' Frappes do: each with its reason.

A shim whose old text is not in its file, or a requirement that Frappe does not name, fails the build.
"""

from __future__ import annotations

import re
from pathlib import Path

from host.report import Trouble

# (requirement, what is asked for instead, reason)
REQUIREMENTS = (
	("MarkupSafe", ">=2.1.0,<4", "compiled: 2.1 has no wheel for Python 3.13"),
	("Pillow", ">=9.5,<12", "compiled: 9.5 has no wheel for Python 3.12"),
	("PyYAML", "~=6.0.1", "compiled: as it was; named because its version is pinned anew"),
	("RestrictedPython", ">=6.0,<9", "6 refuses Python 3.12"),
	("WeasyPrint", "==68.0", "as in Frappe 15.101 and 16: 59 takes ten seconds to embed a Japanese font"),
	("bleach[css]", ">=6.0,<7", "6.0 keeps tinycss2 older than WeasyPrint 68 needs"),
	("hiredis", ">=2.2.3,<4", "compiled: 2.2 has no wheel for Python 3.12"),
	("psutil", ">=5.9.5,<8", "compiled: as newer benches have it"),
	("pycryptodome", "~=3.18", "compiled: 3.18 has no wheel for newer Pythons"),
	("pydantic", ">=2.0,<3", "compiled: 2.0 has no wheel for Python 3.12"),
)
WITHOUT_EXTRA = ("bleach[css]",)  # the extra would hold tinycss2 back; what it brings comes with WeasyPrint

# (file, old text, new text, reason)
SOURCE = (
	(
		"frappe/utils/typing_validations.py",
		"class FrappePydanticConfig:\n\tarbitrary_types_allowed = True\n",
		'FrappePydanticConfig = {"arbitrary_types_allowed": True}\n',
		"pydantic since 2.1 takes a dict as `config`, no class",
	),
	(
		"frappe/utils/pdf.py",
		"from distutils.version import LooseVersion\n",
		"from packaging.version import Version as LooseVersion\n",
		"distutils left the standard library with Python 3.12",
	),
	(
		"frappe/defaults.py",
		"""		.select(table.defkey)
		.for_update()
		.run()
	)
	if key_exists:
""",
		"""		.select(table.defvalue)
		.for_update()
		.run()
	)
	if key_exists and (key_exists[0][0] or "") == str("" if value is None else value):
		return
	if key_exists:
""",
		"as in Frappe 15.101 and 16: saving a User emptied the caches of the whole site, though no default had changed",
	),
	(
		"frappe/utils/data.py",
		"def sanitize_column(column_name: str) -> None:\n\timport sqlparse\n",
		"@functools.lru_cache(maxsize=1024)\ndef sanitize_column(column_name: str) -> None:\n\timport sqlparse\n",
		"as in Frappe 15.101 and 16: the name of a column was parsed as SQL at every condition of every query, a tenth of all time",
	),
	(
		"frappe/utils/data.py",
		"import datetime\nimport json\n",
		"import datetime\nimport functools\nimport json\n",
		"for the line above",
	),
	(
		"frappe/database/query.py",
		"""			stripped_field = sqlparse.format(field, strip_comments=True, keyword_case="lower")
""",
		"""			if field == "*" or not SPECIAL_CHAR_PATTERN.search(field):
				return field
			stripped_field = sqlparse.format(field, strip_comments=True, keyword_case="lower")
""",
		"as in Frappe 15.101 and 16: so was the name of every column that is read",
	),
)


def free_requirements(dependencies: list[str]) -> list[str]:
	"""Frappe's requirements with those of REQUIREMENTS in the place of its own."""
	freed = list(dependencies)
	for name, wanted, _reason in REQUIREMENTS:
		places = [place for place, dependency in enumerate(freed) if _name(dependency) == name]
		if len(places) != 1:
			raise Trouble(f"Frappe's requirements do not name {name} once.", "compare host/shims.py with Frappe's pyproject.toml.")
		freed[places[0]] = (name.partition("[")[0] if name in WITHOUT_EXTRA else name) + wanted
	return freed


def _name(dependency: str) -> str:
	return re.match(r"[\w.-]+(\[\w+\])?", dependency).group()


def apply(app: Path) -> None:
	"""Change the recovered source tree `app`."""
	for file, old, new, reason in SOURCE:
		path = app / file
		text = path.read_text(encoding="utf-8") if path.exists() else ""
		if text.count(old) != 1:
			raise Trouble(f"{file} does not hold once what is to be changed ({reason}).", "compare host/shims.py with that file.")
		path.write_text(text.replace(old, new), encoding="utf-8")
