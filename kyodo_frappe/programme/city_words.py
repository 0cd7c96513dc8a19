"""What a city says once: who its mayor is, and what agreement and money are called in a form of collaboration.

Letters, agreements, papers and pages read it here. Source: domain.md §4 "Letters" (in the name of the city's own mayor), 協定書.
"""

from frappe import _

from kyodo_frappe.common.language import Translated, _lt

WORDS = Translated(
	{
		"agreement_word": _lt("agreement (in a sentence)"),
		"money_word": _lt("money of the city (in a sentence)"),
		"next_step": _lt("Next, you and the section in charge prepare the project."),
	}
)


def mayor(programme) -> str:
	"""Return title and name of the mayor as letters and agreements write them; "" where the programme says neither."""
	return "　".join(part.strip() for part in (programme.get("mayor_title"), programme.get("mayor_name")) if (part or "").strip())


def addressee(programme) -> str:
	"""Return to whom papers of an organisation are addressed, in the language of the session; "" for no city."""
	if title := (programme.get("mayor_title") or "").strip():
		return _("To {0} (head of a paper)").format(title)
	return _("To the mayor of {0}").format(programme.municipality_name) if programme.get("municipality_name") else ""


def words_of(rules, form_name: str | None = None) -> dict[str, str]:
	"""{agreement_word, money_word, next_step} of a form of collaboration.

	Without a form, the words that all forms of the programme share; the standard ones where a form says nothing. rules: of a programme.
	"""
	return {field: word or WORDS[field] for field, word in own_words(rules, form_name).items()}


def own_words(rules, form_name: str | None = None) -> dict[str, str]:
	"""As `words_of`, with "" where the form says nothing, or where the forms of a programme differ."""
	rows = [row for row in rules.get("forms") or () if form_name in (None, "", row.get("form_name"))]
	return {field: _shared(rows, field) for field in WORDS}


def fill(text: str | None, rules) -> str:
	"""Return a text of the programme with the words of its forms in place of {agreement_word} and {money_word}."""
	text = text or ""
	for field, word in words_of(rules).items():
		text = text.replace(f"{{{field}}}", word)
	return text


def _shared(rows: list, field: str) -> str:
	said = {(row.get(field) or "").strip() for row in rows}
	return said.pop() if len(said) == 1 else ""
