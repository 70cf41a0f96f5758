"""The form of an experiment file: what is run, what is varied, what is kept."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from abm.indicators import INDICATORS
from agents.foundation.errors import InputError
from calibration.county import find_folder
from calibration.data_files import Strict, check
from calibration.places import sweeps_folder
from calibration.policies import find_policy
from calibration.reading import nearest
from experiments.headline import HEADLINES
from experiments.runs import LONGEST_RUN_YEARS

FORM_VERSION = 1
MOST_RUNS = 1_000_000

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Whole = Annotated[int, Field(strict=True)]
Value = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | Annotated[str, Field(strict=True, max_length=100)]
)


class Vary(Strict):
    """One thing that is varied: by values, or between two ends."""

    name: Text = Field(description="what is varied, by dotted name")
    values: tuple[Value, ...] = Field((), description="its values")
    low: float | None = Field(None, description="its lowest value")
    high: float | None = Field(None, description="its highest value")
    steps: Whole | None = Field(
        None, ge=2, le=1000, description="in a grid: values from end to end"
    )
    scale: Literal["linear", "log"] = Field("linear", description="how values lie between the ends")
    policies: tuple[str, ...] = Field((), description="policies that it belongs to; all if absent")

    @model_validator(mode="after")
    def _values_or_ends(self) -> Self:
        ends = self.low is not None and self.high is not None
        if bool(self.values) == ends or (self.low is None) != (self.high is None):
            raise ValueError("give either values, or low and high")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.scale == "log" and (self.low is None or self.low <= 0):
            raise ValueError("scale log needs a low above 0")
        return self


class PointTable(Strict):
    """One point of a list."""

    label: Text = Field(description="name of the point for readers")
    label_zh: str = Field("", description="the same, Chinese")
    set: dict[str, Value] = Field(default_factory=dict, description="values by dotted name")


class ExcerptTable(Strict):
    """A small county cut out of the whole: for trying things out."""

    townships: Annotated[int, Field(ge=1)] = 2
    villages_each: Annotated[int, Field(ge=1)] = 4
    persons: Annotated[int, Field(ge=1)] = 1500


class SweepFile(Strict):
    """An experiment: a question, and the runs that answer it."""

    form_version: Literal[1] = Field(description="version of this form")
    name: Name = Field(description="short name")
    title: Text = Field(description="name for readers, English")
    title_zh: str = Field("", description="name for readers, Chinese")
    question: Text = Field(description="the question, English")
    question_zh: str = Field("", description="the question, Chinese")
    counties: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="shipped names, or county folders seen from this file"
    )
    policies: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="shipped names, or policy files seen from this file"
    )
    baseline: str | None = Field(None, description="policy before these; the county's if absent")
    years: Whole = Field(ge=1, le=LONGEST_RUN_YEARS, description="whole years under the policy")
    replicates: Whole = Field(1, ge=1, le=100_000, description="seeds at each point")
    seed: Whole = Field(1, ge=0, lt=2**31 - 100_000, description="seed of the first replicate")
    weight: Whole | None = Field(None, ge=1, description="people that an agent stands for")
    design: Literal["grid", "list", "latin_hypercube", "sobol"] = Field(
        "grid", description="how points are laid out"
    )
    points: Whole | None = Field(None, ge=1, le=MOST_RUNS, description="points of a sample")
    design_seed: Whole = Field(1, ge=0, description="seed of a sample's points")
    outputs: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        ("*",), description="indicators that are kept: names, * for any part"
    )
    shown: tuple[str, ...] = Field(
        tuple(h.name for h in HEADLINES), description="indicators that the report shows"
    )
    reference: str | None = Field(None, description="label of the point others are compared with")
    excerpt: ExcerptTable | None = Field(None, description="a small part instead of the county")
    vary: tuple[Vary, ...] = Field((), description="what is varied")
    point: tuple[PointTable, ...] = Field((), description="the points of a list")

    @model_validator(mode="after")
    def _design_fits(self) -> Self:
        faults = []
        sample = self.design in ("latin_hypercube", "sobol")
        if sample and self.points is None:
            faults.append(f"design {self.design} needs points, how many there are to be")
        if not sample and self.points is not None:
            faults.append(f"points: design {self.design} has its own; leave the key out")
        if self.design == "list" and not self.point:
            faults.append("design list needs [[point]] tables")
        if self.design == "list" and self.vary:
            faults.append("design list takes [[point]] tables, not [[vary]]")
        if self.design != "list" and self.point:
            faults.append(f"design {self.design} takes [[vary]] tables, not [[point]]")
        if sample and not self.vary:
            faults.append(f"design {self.design} needs [[vary]] tables")
        for one in self.vary:
            if self.design == "grid" and not one.values and one.steps is None:
                faults.append(f"{one.name}: in a grid, low and high need steps")
        for what, names in (
            ("vary", [v.name for v in self.vary]),
            ("point", [p.label for p in self.point]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            faults += [f"{what}: {name} stands twice; allowed: once" for name in twice]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def kept(self) -> tuple[str, ...]:
        """Names of the indicators that are kept, in the order of the program's tables."""
        return tuple(
            name
            for name in INDICATORS
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in self.outputs)
        )

    def shown_kept(self) -> tuple[str, ...]:
        """Those of ``shown`` that are kept; all that is kept where none of them is."""
        kept = self.kept()
        return tuple(name for name in self.shown if name in kept) or kept


def sweep_names() -> list[str]:
    """List the names of the shipped experiments."""
    return sorted(path.stem for path in sweeps_folder().glob("*.toml"))


def find_sweep(name_or_path: str | Path) -> Path:
    """Find an experiment file by the name of a shipped one or by path.

    Raises
    ------
    InputError
        If there is neither.
    """
    names, given = sweep_names(), str(name_or_path)
    if given in names:
        return sweeps_folder() / f"{given}.toml"
    try:
        if Path(name_or_path).is_file():
            return Path(name_or_path)
    except (OSError, ValueError):  # a name too long, or with a NUL in it, is no file either
        pass
    raise InputError(
        f'experiment "{given}" is unknown{nearest(given, names)}; allowed: {", ".join(names)}, '
        "or a TOML file"
    )


def load_sweep(name_or_path: str | Path) -> tuple[SweepFile, Path]:
    """Read an experiment file; counties and policies that are paths are seen from its folder.

    Raises
    ------
    InputError
        With every fault: file, key, what, what is allowed.
    """
    path = find_sweep(name_or_path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: not TOML: {error}; allowed: key = value") from None
    return parse_sweep(content, path.parent, path.name), path


def parse_sweep(content: dict[str, Any], folder: Path, file: str = "experiment") -> SweepFile:
    """Check the content of an experiment file.

    Parameters
    ----------
    content
        The file as nested dictionaries.
    folder
        From where paths of counties and policies are seen.
    file
        Name for messages.

    Raises
    ------
    InputError
        With every fault.
    """
    placed = dict(content)
    for key in ("counties", "policies"):
        if isinstance(placed.get(key), list):
            placed[key] = [_placed(one, folder) for one in placed[key]]
    if isinstance(placed.get("baseline"), str):
        placed["baseline"] = _placed(placed["baseline"], folder)
    faults = [f"{file}: {fault}" for fault in _unknown_names(placed)]
    try:
        form = check(SweepFile, placed, file)
    except InputError as error:
        raise InputError(error.problems + faults) from None
    if faults:
        raise InputError(faults)
    return form


def _placed(name: Any, folder: Path) -> Any:
    if isinstance(name, str) and ("/" in name or name.endswith(".toml")):
        return str(folder / name)
    return name


def _unknown_names(content: dict[str, Any]) -> list[str]:
    """Faults of names, found even where the form itself is broken."""
    faults: list[str] = []
    for key, find in (("counties", find_folder), ("policies", find_policy)):
        for name in _texts(content.get(key)):
            try:
                find(name)
            except InputError as error:
                faults += [f"{key}: {problem}" for problem in error.problems]
    for name in _texts([content.get("baseline")]):
        try:
            find_policy(name)
        except InputError as error:
            faults += [f"baseline: {problem}" for problem in error.problems]
    for key in ("outputs", "shown"):
        for pattern in _texts(content.get(key)):
            if not fnmatch.filter(INDICATORS, pattern):
                faults.append(
                    f'{key}: "{pattern}" fits no indicator{nearest(pattern, list(INDICATORS))}; '
                    "allowed: names from `yigongti list indicators`, * for any part"
                )
    return faults


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
