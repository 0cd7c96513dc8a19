"""A city's colour: notation and contrast."""

import re
from pathlib import Path

import pytest

from kyodo_frappe.rules.colours import (
	DARKEST_BACKGROUND,
	LIGHTEST_DARK_BACKGROUND,
	MIN_CONTRAST,
	NotAColour,
	TooPale,
	as_colour,
	contrast,
	on_dark,
	readable_colour,
)


@pytest.mark.parametrize(("typed", "kept"), [("#0F4C5C", "#0f4c5c"), (" #048 ", "#004488"), ("＃０ｆ４ｃ５ｃ", "#0f4c5c")])
def test_colours_are_normalised(typed, kept):
	assert as_colour(typed) == kept


@pytest.mark.parametrize(
	"typed",
	[
		"",
		"red",
		"#12",
		"#12345",
		"#1234567",
		"#12345g",
		"0f4c5c",
		"#0f4c5c;}body{display:none",
		"url(//x)",
		"#0f4c5c/*",
		"#0f4c5c\n#fff",
		"rgb(0,0,0)",
		None,
		4,
		["#000"],
		"#٠٠٠",
	],
)
def test_texts_that_are_no_colours_are_refused(typed):
	with pytest.raises(NotAColour):
		as_colour(typed)


def test_contrast_follows_wcag():
	assert round(contrast("#000000", "#ffffff"), 2) == 21
	assert round(contrast("#777777", "#ffffff"), 2) == 4.48  # WCAG's own example of just too little
	assert contrast("#0f4c5c", "#0f4c5c") == 1


def test_pale_colour_is_refused_with_a_darker_suggestion():
	for pale in ("#ffbf47", "#ffffff", "#7fbfff", "#777777"):
		with pytest.raises(TooPale) as refusal:
			readable_colour(pale)
		assert contrast(readable_colour(refusal.value.args_[2]), DARKEST_BACKGROUND) >= MIN_CONTRAST
	assert readable_colour("#0F4C5C") == "#0f4c5c"


@pytest.mark.parametrize("colour", ["#000000", "#7a1f3d", "#0f4c5c", "#ffcc00"])
def test_colour_of_dark_mode_is_legible(colour):
	lighter = on_dark(colour)
	assert contrast(lighter, LIGHTEST_DARK_BACKGROUND) >= MIN_CONTRAST
	assert lighter == colour or contrast(lighter, LIGHTEST_DARK_BACKGROUND) < MIN_CONTRAST + 0.2, "no lighter than needed"


def test_backgrounds_are_those_of_the_stylesheet():
	tokens = (Path(__file__).parents[2] / "kyodo_frappe" / "public" / "css" / "portal" / "tokens.css").read_text(encoding="utf-8")
	assert re.findall(r"--tint: (#\w+);", tokens) == [DARKEST_BACKGROUND, LIGHTEST_DARK_BACKGROUND]


def test_colours_stand_in_the_tokens_only():
	folder = Path(__file__).parents[2] / "kyodo_frappe" / "public" / "css" / "portal"
	literal = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", re.I)
	found = {file.name: literal.findall(file.read_text(encoding="utf-8")) for file in folder.glob("*.css") if file.name != "tokens.css"}
	assert not {name: colours for name, colours in found.items() if colours}
