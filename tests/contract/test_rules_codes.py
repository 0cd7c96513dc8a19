"""法人番号 and 全国地方公共団体コード: standards.md "Check digits"."""

import pytest

from kyodo_frappe.rules import codes

CORPORATE = ["7123456789012", "4011001098993", "2120901007402"]
MUNICIPAL = ["132152", "132110", "132144", "142042", "011002"]


def by_the_book(number: str) -> int:
	"""9 − (Σ Pn·Qn mod 9), n from the right of the twelve, written out as standards.md says it."""
	return 9 - sum(int(digit) * (1 if n % 2 else 2) for n, digit in enumerate(reversed(number[1:]), start=1)) % 9


@pytest.mark.parametrize("number", CORPORATE)
def test_valid_corporate_numbers_are_accepted(number):
	assert codes.valid_corporate_number(number)
	assert codes.valid_corporate_number(int(number))
	assert by_the_book(number) == int(number[0])


@pytest.mark.parametrize("number", CORPORATE)
def test_single_wrong_digits_are_detected_except_0_for_9(number):
	for place, right in enumerate(number):
		for digit in "0123456789":
			mutated = number[:place] + digit + number[place + 1 :]
			# modulo 9, a 0 and a 9 are the same to the check digit: the standard's blind spot, not ours
			harmless = digit == right or (place and {digit, right} == {"0", "9"})
			assert codes.valid_corporate_number(mutated) == harmless, mutated


@pytest.mark.parametrize(
	"text",
	["", None, "712345678901", "71234567890123", "7-1234-5678-901X", "0123456789012", "T7123456789012", "法人番号なし", "٧123456789012"],
)
def test_invalid_corporate_numbers_are_rejected(text):
	assert not codes.valid_corporate_number(text)


@pytest.mark.parametrize(
	"typed",
	[
		"7-1234-5678-9012",
		"７１２３４５６７８９０１２",
		" 7 1234 5678 9012 ",
		"7１234‐5678−9012",
		"7ー1234ー5678ー9012",
		"7ｰ1234–5678—9012",
		"７　１２３４　５６７８　９０１２\n",
	],
)
def test_corporate_numbers_are_cleaned_as_typed(typed):
	assert codes.clean_corporate_number(typed) == "7123456789012"
	assert codes.valid_corporate_number(typed)


def test_cleaning_is_idempotent_and_never_raises():
	assert codes.clean_corporate_number(None) == codes.clean_corporate_number(" -") == ""
	assert codes.clean_corporate_number("なし") == "なし"
	for number in CORPORATE:
		assert codes.clean_corporate_number(number) == number


@pytest.mark.parametrize("code", MUNICIPAL)
def test_municipality_codes_are_valid_with_the_right_check_digit_only(code):
	assert codes.valid_municipality_code(code)
	assert [digit for digit in "0123456789" if codes.valid_municipality_code(code[:5] + digit)] == [code[5]]


def test_wrong_digits_of_a_municipality_code_are_detected():
	for code in MUNICIPAL:
		for place in range(2, 5):
			for digit in set("0123456789") - {code[place]}:
				weighted = sum(int(d) * w for d, w in zip(code[:place] + digit + code[place + 1 : 5], (6, 5, 4, 3, 2)))
				expected = str(11 - weighted % 11)[-1] == code[5]
				assert codes.valid_municipality_code(code[:place] + digit + code[place + 1 :]) == expected


def test_each_municipality_number_has_exactly_one_check_digit():
	for number in range(13000, 14000):
		assert sum(codes.valid_municipality_code(f"{number}{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize("code", ["", None, "13215", "1321520", "13215X", "000000", "482013", "990001", "鎌倉市", "1321.2"])
def test_invalid_municipality_codes_are_rejected(code):
	assert not codes.valid_municipality_code(code)


def test_prefectures_other_than_01_to_47_are_rejected():
	def first_code(prefecture):
		return next(
			f"{prefecture:02}201{digit}"
			for digit in range(10)
			if int(digit) == (11 - sum(int(d) * w for d, w in zip(f"{prefecture:02}201", (6, 5, 4, 3, 2))) % 11) % 10
		)

	assert [prefecture for prefecture in range(100) if codes.valid_municipality_code(first_code(prefecture))] == list(range(1, 48))
	assert codes.valid_municipality_code("130001")  # 東京都 itself


def test_municipality_codes_are_read_as_typed():
	assert codes.valid_municipality_code("１４２０４２") and codes.valid_municipality_code(" 14204-2 ")
	assert codes.valid_municipality_code("１４２０４−２")
	assert codes.valid_municipality_code(142042)
	assert not codes.valid_municipality_code(11002)  # 札幌市 as a number lost its 0


@pytest.mark.parametrize("typed", ["248-8686", "2488686", "〒２４８－８６８６", " 248 8686 ", "248ー8686"])
def test_postal_codes_are_cleaned_as_typed(typed):
	assert codes.valid_postal_code(typed) and codes.clean_postal_code(typed) == "248-8686"


@pytest.mark.parametrize("typed", ["", None, "248", "248-86860", "鎌倉市", "248-868六"])
def test_invalid_postal_codes_are_returned_unchanged(typed):
	assert not codes.valid_postal_code(typed) and codes.clean_postal_code(typed) == (typed or "")
