"""The keyboard of the workshop in JupyterLab; the web page carries the same script in its template."""

from __future__ import annotations

import os

import ipywidgets as widgets

from crmplan import carried

__all__ = ["keyboard"]


def keyboard() -> tuple[widgets.Output, ...]:
    """Return what brings the keys into a notebook: to be shown once, anywhere; nothing where Voilà shows the page.

    Without it a letter that is pressed while a choice has the focus is a command to JupyterLab.
    """
    if "VOILA_REQUEST_URL" in os.environ:
        return ()
    script = carried.templates() / "workshop" / "voila" / "templates" / "workshop" / "keys.js"
    data = {"application/javascript": script.read_text("utf-8"), "text/plain": ""}
    return (widgets.Output(outputs=({"output_type": "display_data", "data": data, "metadata": {}},)),)
