"""`python host …`: the same as `./kyodo …`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from host.cli import main  # noqa: E402  (the path above makes it importable)

sys.exit(main())
