"""From executed notebooks to the client report."""

from __future__ import annotations

import sys

# Altair and papermill import jsonschema, and jsonschema, where JupyterLab is installed, a package that compiles some
# thirty grammars (about a second in every process) only to check addresses of a kind that nothing here holds. It is
# prepared for that package's absence.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

__all__: list[str] = []
