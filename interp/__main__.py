"""`python -m interp`: the same as the command `interp`."""

from __future__ import annotations

import sys

from interp.cli import main

if __name__ == "__main__":
    sys.exit(main())
