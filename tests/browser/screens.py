"""On a phone a form shows one question, or one small group, at a time (public/js/portal/screens.js)."""

SHOWN = "[...document.querySelectorAll('[data-screen]')].findIndex(screen => screen.classList.contains('shown'))"


def show(page, place: str):
	"""Open the screen with an element, named by its id."""
	if page.locator("form.on-screens").count() == 0:
		return  # without scripts everything is shown
	page.evaluate("place => (location.hash = place)", place)
	page.wait_for_function("place => document.getElementById(place).offsetParent !== null", arg=place)


def fill(page, place: str, text: str):
	"""Open the screen of an input, named by its id, and fill it in."""
	show(page, place)
	page.fill(f"#{place}", text)


def to_last_screen(page, press=None):
	"""Go on to the last screen of a step, as one who answers nothing more in it. `press()` presses its button."""
	forward = page.locator("[data-screen-next]")
	while forward.is_visible():
		before = page.evaluate(SHOWN)
		(press or forward.click)()
		page.wait_for_function(f"before => {SHOWN} !== before", arg=before)  # the page shows it after the click
