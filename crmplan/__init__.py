"""crmplan: a workbench with which consultants assess readiness for CRM and say what to do about it.

>>> import crmplan
>>> crmplan.__version__
'0.1.0'
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "CrmplanError": "crmplan.errors",
    "Engagement": "crmplan.engagement",
    "Workbench": "crmplan.workbench",
}

__all__ = ["CrmplanError", "Engagement", "Workbench", "__version__"]


def __getattr__(name: str) -> Any:
    # Names are fetched on first use: `import crmplan` must not cost a second of pandas.
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'crmplan' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
