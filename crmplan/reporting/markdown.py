"""The prose of a chapter: markdown as headings, paragraphs and lists of plain text.

HTML in markdown is shown as the text it is, and a link as its words with the address behind: a printed report cannot
be clicked, and nothing a client typed may become code.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from crmplan.reporting.plain import plain

__all__ = ["parts_of_markdown"]

Part = dict[str, Any]


def parts_of_markdown(text: str) -> list[Part]:
    r"""Return the headings, paragraphs, lists and preformatted texts of a markdown text.

    Running text is a list of runs, each with ``text`` and the marks ``strong``, ``em`` and ``code``.

    Examples
    --------
    >>> [part["kind"] for part in parts_of_markdown("## Title\n\nSome *prose*.\n\n- one\n- two")]
    ['heading', 'paragraph', 'list']
    """
    tokens = _parser().parse(plain(text))
    return list(_parts(tokens))


@functools.cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})


def _parts(tokens: list[Any]) -> Iterator[Part]:
    lists: list[Part] = []
    heading = 0
    for token in tokens:
        match token.type:
            case "heading_open":
                heading = int(token.tag[1:])
            case "bullet_list_open" | "ordered_list_open":
                lists.append({"kind": "list", "ordered": token.type == "ordered_list_open", "items": []})
            case "list_item_open":
                lists[0]["items"].append([])
            case "bullet_list_close" | "ordered_list_close":
                # A list within a list is printed at the level of the outer one.
                finished = lists.pop()
                if not lists:
                    finished["items"] = [item for item in finished["items"] if item]
                    yield finished
            case "inline":
                runs = _runs(token.children or [])
                if lists:
                    _add(lists[0]["items"][-1], runs)
                elif heading:
                    yield {"kind": "heading", "level": heading, "runs": runs}
                    heading = 0
                elif runs:
                    yield {"kind": "paragraph", "runs": runs}
            case "fence" | "code_block":
                yield {"kind": "text", "text": token.content.rstrip("\n")}


def _add(item: list[Part], runs: list[Part]) -> None:
    if item and runs:
        item.append(_run(" "))
    item.extend(runs)


def _runs(tokens: list[Any]) -> list[Part]:
    runs: list[Part] = []
    strong = em = 0
    links: list[str] = []
    for token in tokens:
        match token.type:
            case "strong_open":
                strong += 1
            case "strong_close":
                strong -= 1
            case "em_open":
                em += 1
            case "em_close":
                em -= 1
            case "link_open":
                links.append(str(token.attrs.get("href", "")))
            case "link_close":
                address = links.pop()
                if address.startswith(("http://", "https://")) and runs and runs[-1]["text"] != address:
                    runs.append(_run(f" ({address})"))
            case "softbreak" | "hardbreak":
                runs.append(_run(" ", strong=bool(strong), em=bool(em)))
            case "code_inline":
                runs.append(_run(token.content, strong=bool(strong), em=bool(em), code=True))
            case _:
                if token.content:
                    runs.append(_run(token.content, strong=bool(strong), em=bool(em)))
    return _joined(runs)


def _run(text: str, *, strong: bool = False, em: bool = False, code: bool = False) -> Part:
    return {"text": text, "strong": strong, "em": em, "code": code}


def _joined(runs: list[Part]) -> list[Part]:
    joined: list[Part] = []
    for run in runs:
        if joined and {**joined[-1], "text": ""} == {**run, "text": ""}:
            joined[-1] = {**run, "text": joined[-1]["text"] + run["text"]}
        else:
            joined.append(run)
    return joined
