"""Flask's hello, served as `baton serve` serves: the floor of what an answer over HTTP costs on that server."""

from __future__ import annotations

import sys
from typing import Any


def application() -> Any:
    """The smallest application that takes and gives JSON."""
    from flask import Flask, request

    app = Flask(__name__)

    @app.post("/hello/<key>")
    def hello(key: str) -> dict[str, Any]:
        return {"key": key, "given": request.get_json()}

    return app


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from api.cli.serving import PATIENT_THREADS, THREADS

    Granian(
        "tests.benchmarks.hello:application",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        factory=True,
        blocking_threads=THREADS + PATIENT_THREADS,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main()
