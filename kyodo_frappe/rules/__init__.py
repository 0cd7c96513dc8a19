"""The rules of a kyōdō programme, in plain Python: no frappe, no database, no clock of their own.

What a city may set differently comes in as an argument; what a rule refuses it refuses with a
`errors.RuleError`. Shapes, units and sources are in the docstrings.
"""
