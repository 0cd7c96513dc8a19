"""sites/common_site_config.json: settings of the bench, with the addresses of its services."""

from __future__ import annotations

import os
import pwd

from host.home import Home, read_json, write_json

SERVER_HOST = "127.0.0.1"


def write_common_config(home: Home) -> None:
	"""Write the common site configuration if it differs."""
	path = home.sites / "common_site_config.json"
	if not path.parent.is_dir():  # the database may start before `bench init` has made the bench
		return
	ports, secret = home.ports, home.secret
	config = {
		**(read_json(path) or {}),
		"background_workers": 1,
		"db_host": SERVER_HOST,
		"db_port": ports["db"],
		"root_login": "root",
		"root_password": secret("db_root"),
		"default_site": "kyodo.localhost",
		"developer_mode": 0,
		"frappe_user": user_name(),
		"live_reload": False,
		"redis_cache": redis_url(home, "redis_cache"),
		"redis_queue": redis_url(home, "redis_queue"),
		"redis_socketio": redis_url(home, "redis_queue"),
		"serve_default_site": True,
		"socketio_port": ports["socketio"],
		"webserver_port": home.recall().get("web_port") or 8000,
	}
	if config != read_json(path):
		write_json(path, config, mode=0o600)


def user_name() -> str:
	"""Return the name of the current user."""
	try:
		return pwd.getpwuid(os.getuid()).pw_name
	except KeyError:  # a container may run under a user id without a name
		return str(os.getuid())


def redis_url(home: Home, name: str, database: int = 0) -> str:
	"""Return the URL of one of the two Redis servers."""
	return f"redis://:{home.secret('redis')}@{SERVER_HOST}:{home.ports[name]}" + (f"/{database}" if database else "")
