"""Where the sample of the demo lies: in the source tree, or in the installed package."""

from __future__ import annotations

from pathlib import Path

import api
from api.cli.console import Failure

PROCESS_ID = "invoice-approval"
#: The invoice of the demo.
INVOICE = "01.txt"


def sample_folder() -> Path:
    """The folder of the sample. Raises `Failure` when this installation has none."""
    package = Path(api.__file__).parent
    for place in (package / "samples", package.parent / "samples"):
        if (place / PROCESS_ID).is_dir():
            return place / PROCESS_ID
    raise Failure("This installation of Baton holds no samples; they are in its source code, under samples/.")
