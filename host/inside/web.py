"""Serve one site with its static files, in threads. Run with a bench's Python in its sites folder.

Works with v15 and v16; uses gunicorn where the bench has it, else werkzeug's server.
"""

import argparse
import os


def application(site):
	"""Return Frappe's WSGI application for one site under any host name, with assets and public files."""
	import frappe.app
	from frappe.middlewares import StaticDataMiddleware
	from werkzeug.middleware.shared_data import SharedDataMiddleware

	sites = os.path.abspath(".")
	frappe.app._site, frappe.app._sites_path = site, sites
	served = SharedDataMiddleware(frappe.app.application, {"/assets": os.path.join(sites, "assets")})
	return StaticDataMiddleware(served, {"/files": sites})


def serve(site, port, threads):
	"""Serve a site on a port of the loopback address until stopped."""
	try:
		from gunicorn.app.base import BaseApplication
	except ImportError:
		from werkzeug.serving import run_simple

		run_simple("127.0.0.1", port, application(site), threaded=True)
		return

	class Server(BaseApplication):
		"""gunicorn with this site's application."""

		def load_config(self):
			"""Set gunicorn's options."""
			settings = {
				"bind": f"127.0.0.1:{port}",
				"worker_class": "gthread",
				"workers": 1,
				"threads": threads,
				"timeout": 120,
				"graceful_timeout": 5,
				"proc_name": f"kyodo-{site}",
			}
			for name, value in settings.items():
				self.cfg.set(name, value)

		def load(self):
			"""Return the WSGI application."""
			return application(site)

	Server().run()


if __name__ == "__main__":
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--site", required=True)
	parser.add_argument("--port", type=int, required=True)
	parser.add_argument("--threads", type=int, default=8)
	arguments = parser.parse_args()
	serve(arguments.site, arguments.port, arguments.threads)
