"""What is on the screen: one question at a time on a phone (public/js/portal/screens.js); pages after a while."""

SHOWN = "[...document.querySelectorAll('[data-screen]')].findIndex(screen => screen.classList.contains('shown'))"
# no request is under way, every picture has come or failed, and two frames long nothing is drawn
AT_REST = """() => new Promise((rest) => {
	let quiet = 0;
	const observer = new MutationObserver(() => { quiet = 0; });
	observer.observe(document.body, { subtree: true, childList: true, characterData: true });
	const look = () => {
		const busy = frappe.request.ajax_count || [...document.images].some((image) => !image.complete && image.loading !== "lazy");
		quiet = busy ? 0 : quiet + 1;
		if (quiet < 3) return requestAnimationFrame(look);
		observer.disconnect();
		rest();
	};
	look();
})"""


def show(page, place: str):
	"""Open the screen with an element, named by its id."""
	page.wait_for_load_state()  # when the scripts of the page have run
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


def rest(page):
	"""Type nothing for as long as pages wait until they store what was typed. The page has been opened with a clock."""
	page.clock.fast_forward(2000)


def after_timers(page, ms: int):
	"""Wait until the page has done what it had put off for up to `ms` milliseconds: its timers run in order."""
	page.evaluate("ms => new Promise((done) => setTimeout(done, ms))", ms)


def at_rest(page):
	"""Wait until a page of the desk is complete: what one clicks before that may be made anew under the hand."""
	page.wait_for_function("() => window.frappe && frappe.request && document.body")
	page.evaluate(AT_REST)
