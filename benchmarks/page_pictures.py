"""``python -m benchmarks.page_pictures``: the pictures of the page in docs/images, made anew."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from benchmarks.browser import (
    ROOT,
    Guarded,
    NoBrowserError,
    browsing,
    page_command,
    serving,
)


class Picture(NamedTuple):
    """A picture: its name, query of the page, size in pixels, and what must be seen first."""

    name: str
    query: str
    size: tuple[int, int]
    wait: str


LARGE, MIDDLE, SMALL = (1440, 900), (1024, 768), (390, 844)
PICTURES = (
    Picture("answer", "lang=en&tab=answer", LARGE, ".yg-curve canvas"),
    Picture("answer_zh", "lang=zh&tab=answer", MIDDLE, ".yg-curve canvas"),
    Picture("answer_small", "lang=en&tab=answer", SMALL, ".yg-curve canvas"),
    Picture("map", "lang=en&tab=map", LARGE, ".yg-county[data-ready=patients] canvas"),
    Picture("map_zh", "lang=zh&tab=map", MIDDLE, ".yg-county[data-ready=patients] canvas"),
    Picture("map_small", "lang=zh&tab=map", SMALL, ".yg-county[data-ready=patients] canvas"),
    Picture("flows", "lang=en&tab=flows", LARGE, ".yg-flow canvas"),
    Picture("flows_zh", "lang=zh&tab=flows", MIDDLE, ".yg-flow canvas"),
    Picture("people_small", "lang=zh&tab=people", SMALL, ".yg-section"),
    Picture("people", "lang=en&tab=people", MIDDLE, ".yg-section"),
    Picture("accounts_zh", "lang=zh&tab=money", LARGE, "tr.check"),
    Picture("why", "lang=en&tab=why", LARGE, ".yg-why[data-method=shapley]"),
    Picture("why_zh", "lang=zh&tab=why", MIDDLE, ".yg-why[data-method=shapley]"),
)


def main() -> int:
    """Make every picture; 0 if all is well, 1 if the page had a fault, 2 where no browser is."""
    faults: list[str] = []
    try:
        with serving(page_command()) as server, browsing() as browser:
            for picture in PICTURES:
                guarded = Guarded(browser, picture.size)
                _take(guarded.page, server.address, picture)
                guarded.close()
                faults += guarded.faults
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 2
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _take(page: Any, address: str, picture: Picture) -> None:
    page.goto(f"{address}?{picture.query}")
    page.wait_for_selector(".yg-status[data-seeds='4']", timeout=120_000)
    page.wait_for_selector(picture.wait, timeout=300_000)
    page.wait_for_timeout(1500)
    page.screenshot(path=ROOT / "docs" / "images" / f"page_{picture.name}.png")


if __name__ == "__main__":
    sys.exit(main())
