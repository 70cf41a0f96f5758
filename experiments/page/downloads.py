"""What a browser can take home: the scenario as a policy file, tables, the picture."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import solara

from calibration.policies import to_toml
from experiments.comparison import Comparison
from experiments.page.desk import Answer, Desk
from experiments.page.plans import compared
from experiments.page.record import ALL_FIGURES
from experiments.page.scenario import LETTERS
from experiments.page.session import Session
from experiments.page.words import tell


@solara.component
def Downloads(session: Session, answer: Answer) -> None:
    """Buttons; each file is made when it is asked for."""
    lang, active = session.lang.value, session.choice.value.active
    with solara.Div(classes=["yg-downloads"]):
        letter = LETTERS[active].lower()
        files = {
            "scenario": (f"scenario_{letter}.toml", lambda: scenario_file(answer, active)),
            "tables": ("tables.zip", lambda: tables_file(session.desk, answer)),
            "picture": ("comparison.png", lambda: picture_file(session.desk, answer)),
        }
        for name, (file, data) in files.items():
            solara.FileDownload(data, filename=file, label=tell(f"download.{name}", lang))


def scenario_file(answer: Answer, active: int) -> bytes:
    """The active scenario as a policy file, which every command takes."""
    place = min(active + 1, len(answer.policies) - 1)
    return to_toml(answer.policies[place]).encode()


def whole(desk: Desk, answer: Answer) -> Comparison:
    """The comparison of the runs that are shown in every indicator.

    A quick answer's runs are made once more for it; of the full county they have all of them.
    """
    return compared(answer.choice, answer.policies, desk.whole(answer.records), ALL_FIGURES)


def tables_file(desk: Desk, answer: Answer) -> bytes:
    """All that `yigongti compare --out` writes in tables, of the runs that are shown."""
    found = whole(desk, answer)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, table in (("differences", found.differences), ("paths", found.paths)):
            target.writestr(f"{name}.csv", table.to_csv(index=False))
        target.writestr("scenario.toml", _toml(found.scenario()))
    return buffer.getvalue()


def _toml(table: dict[str, Any]) -> str:
    import tomli_w

    return tomli_w.dumps(table)


def picture_file(desk: Desk, answer: Answer) -> bytes:
    """The picture of the comparison, as `yigongti compare --out` draws it."""
    from experiments.picture import draw  # Matplotlib is slow to import

    found = whole(desk, answer)
    with tempfile.TemporaryDirectory(prefix="yigongti-") as folder:
        path = Path(folder) / "comparison.png"
        draw(found, path)
        return path.read_bytes()
