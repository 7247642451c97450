"""How the workshop looks: one style sheet in the colours of the brand, and text that cannot become markup."""

from __future__ import annotations

import base64
import html

import ipywidgets as widgets

from crmplan.reporting.brand import FONT, Brand, font_folder

__all__ = ["markup", "safe", "sheet"]

_RULES = """
.crm {{ font-family: Lato, "Segoe UI", system-ui, -apple-system, sans-serif; color: {ink}; max-width: 880px;
  margin: 0 auto; padding: 0 20px 64px; line-height: 1.5; overflow: visible; }}
.crm .widget-html, .crm .widget-html-content {{ font-size: 16px; line-height: 1.5; overflow: visible; height: auto; }}
.crm .widget-html {{ margin-left: 0; margin-right: 0; }}
.crm .widget-html-content * {{ overflow-wrap: anywhere; }}
.crm:has(.crm-screen) {{ max-width: 1120px; }}
.crm-head {{ border-top: 5px solid {accent}; padding: 18px 0 10px; display: flex; justify-content: space-between;
  gap: 4px 24px; align-items: baseline; flex-wrap: wrap; }}
.crm-head b {{ font-size: 20px; font-weight: 700; color: {accent}; }}
.crm-head span {{ color: {muted}; font-size: 14px; }}
.crm h1 {{ font-size: 26px; line-height: 1.25; font-weight: 400; margin: 4px 0 12px; color: {ink}; }}
.crm h2 {{ font-size: 18px; font-weight: 700; margin: 28px 0 8px; color: {ink}; }}
.crm p {{ margin: 0 0 10px; max-width: 66ch; }}
.crm .crm-over {{ font-size: 13px; letter-spacing: .02em; color: {accent}; font-weight: 700; margin: 26px 0 0; }}
.crm .crm-why {{ color: {muted}; font-size: 15px; }}
.crm .crm-mine {{ border-left: 3px solid {soft}; padding-left: 12px; color: {muted}; font-size: 15px; }}
.crm-bar {{ height: 8px; background: {line}; border-radius: 4px; overflow: hidden; }}
.crm-bar i {{ display: block; height: 100%; background: {accent}; }}
.crm .crm-counted {{ font-size: 14px; color: {muted}; margin: 6px 0 0; max-width: none; }}
.crm .crm-keys {{ font-size: 14px; color: {muted}; margin: 18px 0 0; }}
@media (hover: none) {{ .crm .crm-keys {{ display: none; }} }}
.crm-status {{ font-size: 15px; min-height: 24px; padding: 8px 0; color: {muted}; }}
.crm-row .crm-status {{ padding: 0; }}
.crm-status.saved {{ color: {good}; }}
.crm-status.open {{ color: {warn}; font-weight: 700; }}
.crm-status.failed {{ color: {bad}; font-weight: 700; }}
.crm .crm-field {{ flex-direction: column; align-items: stretch; width: 100%; height: auto; margin: 14px 0 0;
  overflow: visible; }}
.crm .crm-field > label, .crm .crm-field > .widget-label {{ width: auto; max-width: none; text-align: left;
  font-size: 15px; font-weight: 700; color: {ink}; height: auto; line-height: 1.4; padding: 0 0 5px;
  white-space: normal; }}
.crm .crm-field input[type=text], .crm .crm-field input[type=password], .crm .crm-field textarea,
.crm .crm-field select {{ flex: none; font-family: inherit; font-size: 16px; line-height: 1.45; color: {ink};
  background-color: {paper}; border: 1px solid {muted}; border-radius: 4px; padding: 8px 10px; height: auto;
  min-height: 42px; width: 100%; max-width: none; margin: 0; }}
.crm .crm-field textarea {{ resize: vertical; }}
.crm .crm-field select {{ appearance: auto; background-image: none; }}
.crm .crm-short input[type=text] {{ max-width: 340px; }}
.crm .widget-radio-box {{ width: 100%; max-width: none; margin: 0; }}
.crm .widget-radio-box label {{ display: flex; align-items: flex-start; gap: 10px; height: auto; line-height: 1.45;
  font-size: 16px; white-space: normal; overflow: visible; text-overflow: clip; width: auto; max-width: none;
  padding: 9px 12px; margin: 0 0 6px; border: 1px solid {line}; border-radius: 4px; cursor: pointer;
  flex-direction: row-reverse; justify-content: flex-end; }}
.crm .widget-radio-box label:hover {{ background: {wash}; }}
.crm .widget-radio-box label:has(input:checked) {{ border-color: {accent}; background: {wash};
  box-shadow: inset 3px 0 0 {accent}; }}
.crm .widget-radio-box input {{ margin: 5px 0 0; flex: none; width: 16px; height: 16px; accent-color: {accent}; }}
.crm .widget-toggle-buttons {{ gap: 8px; }}
.crm .widget-toggle-button, .crm .widget-toggle-buttons .jupyter-button {{ margin: 0 8px 0 0; }}
.crm .jupyter-button {{ height: auto; min-height: 42px; font: inherit; line-height: 1.3; font-size: 15px;
  font-weight: 700; padding: 9px 18px; border: 1px solid {muted}; border-radius: 4px; background: {paper};
  color: {ink}; box-shadow: none; width: auto; white-space: normal; align-self: flex-start; margin-left: 0; }}
.crm .jupyter-button:hover:enabled {{ background: {wash}; color: {ink}; box-shadow: none; }}
.crm .jupyter-button.mod-primary:hover:enabled {{ background: {ink}; color: {paper}; }}
.crm-entry .jupyter-button, .crm .crm-keep {{ margin: 14px 0 0; }}
.crm .jupyter-button.mod-active, .crm .jupyter-button.mod-active:hover:enabled,
.crm .jupyter-button.mod-primary {{ background: {accent}; border-color: {accent};
  color: {paper}; }}
.crm .jupyter-button:disabled {{ opacity: .45; }}
.crm h1:focus {{ outline: none; }}
.crm :focus-visible {{ outline: 3px solid {second}; outline-offset: 2px; box-shadow: none; }}
.crm-nav {{ display: flex; flex-wrap: wrap; gap: 10px; align-items: flex-end; margin: 14px 0 0; overflow: visible; }}
.crm .crm-nav .crm-field {{ margin: 0; width: auto; }}
.crm .crm-nav .crm-goto {{ flex: 1 1 260px; margin: 0; width: auto; }}
.crm .crm-nav .jupyter-button {{ align-self: flex-end; margin: 0; }}
.crm .crm-nav .crm-apart-from-others {{ margin-left: auto; }}
.crm-row {{ border-top: 1px solid {line}; padding: 14px 0; gap: 4px 24px; align-items: flex-start; flex-wrap: wrap;
  overflow: visible; }}
.crm-row > .widget-html {{ flex: 1 1 320px; }}
.crm-row > .crm-fields {{ flex: 1 1 320px; overflow: visible; }}
.crm-row .crm-field {{ margin: 0 0 8px; }}
.crm-row .crm-mine {{ margin: 10px 0 0; }}
.crm .crm-row .jupyter-button {{ min-height: 36px; padding: 6px 14px; margin: 0 0 8px; }}
.crm .crm-chosen, .crm .crm-chosen .widget-html-content {{ font-size: 15px; color: {muted}; margin: 0; }}
.crm .crm-chosen .widget-html-content:not(:empty) {{ padding: 0 0 10px; }}
.crm table {{ border-collapse: collapse; width: 100%; font-size: 15px; }}
.crm th {{ text-align: left; font-size: 13px; font-weight: 700; color: {muted}; border-bottom: 1px solid {ink};
  padding: 6px 12px 6px 0; vertical-align: bottom; }}
.crm td {{ border-bottom: 1px solid {line}; padding: 8px 12px 8px 0; vertical-align: middle; }}
.crm td.n, .crm th.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.crm .widget-html-content td, .crm .widget-html-content td *,
.crm .widget-html-content th {{ overflow-wrap: break-word; }}
.crm .crm-levels {{ display: inline-flex; gap: 3px; align-items: flex-end; font-size: 12px; line-height: 1.3;
  color: {muted}; }}
.crm .crm-levels span {{ width: 20px; text-align: center; }}
.crm .crm-levels i {{ background: {accent}; display: block; min-height: 2px; }}
.crm .crm-levels i.none {{ background: {line}; }}
.crm td.bar {{ width: 30%; }}
.crm thead td {{ border-bottom: 1px solid {ink}; }}
.crm .crm-apart {{ color: {warn}; font-weight: 700; }}
.crm .crm-pair {{ table-layout: fixed; }}
.crm .crm-pair th[scope=row], .crm .crm-pair thead td {{ width: 22%; }}
.crm th[scope=row] {{ border-bottom: 1px solid {line}; font-weight: 400; font-size: 15px; vertical-align: middle; }}
.crm mark {{ background: {wash}; box-shadow: inset 0 -2px 0 {second}; color: {ink}; padding: 1px 3px; }}
.crm table + p {{ margin-top: 12px; color: {muted}; }}
.crm-entry {{ max-width: 460px; margin-top: 10vh; }}
@media (max-width: 600px) {{
  .crm {{ padding: 0 12px 48px; }}
  .crm h1 {{ font-size: 22px; }}
  .crm .crm-cards thead {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
  .crm .crm-cards, .crm .crm-cards tbody {{ display: block; }}
  .crm .crm-cards tr {{ display: block; border-top: 1px solid {line}; padding: 10px 0; }}
  .crm .crm-cards td {{ display: flex; justify-content: space-between; gap: 16px; text-align: right; border: 0;
    padding: 3px 0; white-space: normal; }}
  .crm .crm-cards td[data-name]::before {{ content: attr(data-name); color: {muted}; font-size: 14px;
    font-weight: 400; text-align: left; }}
  .crm .crm-cards td.first {{ display: block; text-align: left; }}
  .crm .crm-cards td.bar, .crm .crm-cards td.nothing {{ display: none; }}
  .crm .crm-turnout tr {{ display: grid; grid-template-columns: 1fr 2fr; padding: 8px 0; }}
  .crm .crm-turnout td {{ padding: 0; justify-content: flex-start; text-align: left; }}
  .crm .crm-turnout td[data-name]::before {{ content: none; }}
}}
@media (prefers-reduced-motion: no-preference) {{ .crm-bar i {{ transition: width .2s; }} }}
"""


def safe(text: object) -> str:
    """Return a text that HTML shows as it is.

    Examples
    --------
    >>> safe("<script>")
    '&lt;script&gt;'
    """
    return html.escape(str(text), quote=True)


def markup(content: str = "", *classes: str) -> widgets.HTML:
    """Return a piece of the page; whatever stands in ``content`` has gone through :func:`safe`."""
    piece = widgets.HTML(content)
    for name in classes:
        piece.add_class(name)
    return piece


def sheet(brand: Brand) -> widgets.HTML:
    """Return the style sheet of the workshop in the colours of a brand."""
    shades = {"soft": brand.tint("accent", 0.35), "wash": brand.tint("accent", 0.07)}
    return widgets.HTML(f"<style>{_typefaces()}{_RULES.format(**brand.colours, **shades)}</style>")


def _typefaces() -> str:
    # Carried in the page itself, as in the report: a page must not fetch its type from anywhere.
    return "".join(
        f"@font-face {{font-family: {FONT}; font-weight: {weight}; src: url(data:font/ttf;base64,"
        f"{base64.b64encode((font_folder() / f'{FONT}-{name}.ttf').read_bytes()).decode()})}}"
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
