"""The app's files, parsed once for all tests that read them."""

import ast
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
	"""The syntax tree of a Python file. Not to be changed: other tests read the same."""
	return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
	"""All nodes of a Python file's syntax tree."""
	return tuple(ast.walk(tree(path)))
