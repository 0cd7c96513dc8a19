"""The rules of a kyōdō programme in plain Python, without Frappe, database or clock.

Whatever a city can set is an argument. A rule refuses with an `errors.RuleError`. Docstrings give shapes, units and sources.
"""
