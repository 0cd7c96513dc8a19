"""The web server of the tests: the host's own, which remembers what `library_caches` says. Run with a bench's Python in its sites folder."""

import runpy
from pathlib import Path

import library_caches

if __name__ == "__main__":
	library_caches.remember()
	runpy.run_path(str(Path(__file__).resolve().parents[1] / "host" / "inside" / "web.py"), run_name="__main__")
