"""What a browser can take home: the scenario as a policy file, tables, the picture."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import solara

from calibration.policies import to_toml
from experiments.page.desk import Answer, compared
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
            "tables": ("tables.zip", lambda: tables_file(answer)),
            "picture": ("comparison.png", lambda: picture_file(answer)),
        }
        for name, (file, data) in files.items():
            solara.FileDownload(data, filename=file, label=tell(f"download.{name}", lang))


def scenario_file(answer: Answer, active: int) -> bytes:
    """The active scenario as a policy file, which every command takes."""
    place = min(active + 1, len(answer.policies) - 1)
    return to_toml(answer.policies[place]).encode()


def tables_file(answer: Answer) -> bytes:
    """All that `yigongti compare --out` writes in tables, of the runs that are shown."""
    found = compared(answer.choice, answer.policies, answer.records)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, table in (("differences", found.differences), ("paths", found.paths)):
            target.writestr(f"{name}.csv", table.to_csv(index=False))
        target.writestr("scenario.toml", _toml(found.scenario()))
    return buffer.getvalue()


def _toml(table: dict[str, Any]) -> str:
    import tomli_w

    return tomli_w.dumps(table)


def picture_file(answer: Answer) -> bytes:
    """The picture of the comparison, as `yigongti compare --out` draws it."""
    from experiments.picture import draw  # Matplotlib is slow to import

    found = compared(answer.choice, answer.policies, answer.records)
    with tempfile.TemporaryDirectory(prefix="yigongti-") as folder:
        path = Path(folder) / "comparison.png"
        draw(found, path)
        return path.read_bytes()
