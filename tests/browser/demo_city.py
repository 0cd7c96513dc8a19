"""The running demo city (`./kyodo demo`), for tests that look at all of it; they are asked for by an environment variable."""

import json
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def running() -> dict:
	"""Return .kyodo/demo.json: {url, site, sites_path, python, logins}. Raises AssertionError without a demo."""
	file = CHECKOUT / ".kyodo" / "demo.json"
	assert file.exists(), "start the demo first: ./kyodo demo"
	return json.loads(file.read_text(encoding="utf-8"))


def log_in(context, demo: dict, user: str):
	"""Log a browser context in. user: beginning of the mail address (group, member, support, officer …)."""
	login = next(one for one in demo["logins"] if one["user"].startswith(f"{user}@"))
	answer = context.request.post(f"{demo['url']}/api/method/login", form={"usr": login["user"], "pwd": login["password"]})
	assert answer.ok, answer.status
