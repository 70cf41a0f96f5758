"""Writing an empty county folder with explanations."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from agents.foundation.errors import InputError
from calibration.demand import NEEDED_TARGETS
from calibration.reading import allowed
from calibration.schema import (
    COUNTY_FILE,
    CSV_FILES,
    FORM_VERSION,
    OPTIONAL_FILES,
    PARAMETERS_FILE,
    CountyTable,
    Form,
    FundTable,
    columns_needing_source,
)

_INTRODUCTION = f"""\
# A county folder

Fill in the files below, then run `yigongti county check` on this folder. It names every
problem at once: file, row, column, what is wrong, what is allowed. A shipped county is the
best example to look at.

- CSV files are UTF-8 with the header line that stands in them. Keep the columns and their
  names; their order is free. Identifiers are your own short names.
- Ages are whole years. Bands of one table must not overlap. `life_table.csv`, `schemes.csv`
  and `migration.csv` must cover every age from 0 to 100; 100 means 100 and over.
- Money is in yuan. Shares run from 0 to 1.
- A village may have at most eight ways in `travel.csv`: its own clinic and township centre, a
  county hospital, a city hospital and a provincial one at least.
- Residents who live elsewhere need two providers of place `elsewhere`: one of tier `township`,
  one of tier `city`. They have no rows in `travel.csv`.
- `sources.csv` already holds a row for every column and key that needs a source. Say where the
  values come from, and how well they are known: V read in an official table, D computed,
  P press, M memory, A assumption.
- `{PARAMETERS_FILE}` may be left out. It sets behavioural parameters for this county, each
  inside its prior range, as `"name" = value`.
- `targets.csv` must hold at least the figures that the identities need; its rows are listed at
  the end.
"""


def write_template(folder: Path) -> None:
    """Write an empty county folder: every file with its header, and a README that explains.

    The folder appears whole or not at all.

    Parameters
    ----------
    folder
        Folder to make; it must not exist, or be empty.

    Raises
    ------
    InputError
        If the folder holds something, or cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder}: exists and is not an empty folder; allowed: a new folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    try:
        for file, text in template_files().items():
            (draft / file).write_text(text, encoding="utf-8", newline="\n")
        draft.chmod(0o777 & ~_umask())
        draft.replace(folder)  # replaces an empty folder, refuses one that was filled since
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _files() -> dict[str, type[Form]]:
    return CSV_FILES | OPTIONAL_FILES


def template_files() -> dict[str, str]:
    """Return the content of each file of an empty county folder."""
    files = {file: ",".join(row.model_fields) + "\n" for file, row in _files().items()}
    files["sources.csv"] += "".join(
        f"{file},{column},,,\n" for file, column in columns_needing_source()
    )
    files[COUNTY_FILE] = _county_toml()
    files["README.md"] = _readme()
    return files


def _county_toml() -> str:
    lines = [
        "# Take the # from each key and give its value. Text stands in quotation marks.",
        "",
        f"form_version = {FORM_VERSION}",
    ]
    lines += _keys(CountyTable, ("form_version", "fund"))
    lines += ["", "# The residents' insurance fund, in yuan; per_head is per insured and year.", ""]
    return "\n".join([*lines, "[fund]", *_keys(FundTable, ())]) + "\n"


def _keys(form: type[Form], left_out: tuple[str, ...]) -> list[str]:
    lines = []
    for key, info in form.model_fields.items():
        if key not in left_out:
            lines += ["", f"# {info.description}; {allowed(info)}", f"# {key} ="]
    return lines


def _readme() -> str:
    parts = [_INTRODUCTION + "\n"]
    for file, row in _files().items():
        about = " ".join((row.__doc__ or "").split())
        parts.append(f"## {file}\n\n{about}\n\n| column | meaning | allowed |\n|---|---|---|\n")
        for column, info in row.model_fields.items():
            parts.append(f"| `{column}` | {info.description} | {allowed(info)} |\n")
        parts.append("\n")
    parts.append("## Figures that targets.csv must hold\n\n")
    parts += [f"- `{name}`\n" for name in NEEDED_TARGETS]
    return "".join(parts)
