"""The one place that imports litellm, at the first call and never before.

The import takes seconds and would fetch a price list, read a `.env` file and look for tokenizers on the network; the
settings here keep it at home. Nothing else in Baton may import litellm.
"""

from __future__ import annotations

import os
from functools import cache
from threading import Lock
from typing import Any

from connectors.base import Permanent
from connectors.llm.bounded import bounded_client

_OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "HF_HUB_OFFLINE": "1"}
_lock = Lock()


def litellm() -> Any:
    """The litellm module, imported and set up once per process. Raises Permanent when it is not installed."""
    with _lock:
        return _load()


@cache
def _load() -> Any:
    os.environ.update(_OFFLINE)
    try:
        import litellm as library
    except ImportError as problem:
        raise Permanent(f"Calling models needs the package litellm, which cannot be imported: {problem}.") from problem
    library.suppress_debug_info = True
    library.disable_hf_tokenizer_download = True
    library.aclient_session = bounded_client()
    return library
