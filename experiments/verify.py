"""The checks behind ``yigongti verify``: what must hold of every run, whatever the county."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from abm.checkpoint import resume, save
from abm.clinics import pool_clinics
from abm.county import County
from abm.digest import digest
from abm.excerpt import excerpt
from abm.model import Model
from abm.payment import schemes
from abm.policy import Policy
from agents.foundation.errors import InputError
from experiments.conservation import CHECKS, Watch
from experiments.extra_birth import as_it_stands, uncoupled
from experiments.plain_run import digest_without_compilation, run_digest
from experiments.scale import compare_weights

Row = dict[str, object]
"""A check: name, value, low, high, ok, detail."""

CHANGE_MONTH = 12
"""Month in which the policies of the checks follow the baseline."""
EXCERPT_PERSONS = 1500
PLAIN_PERSONS = 600


def verify(
    county: County,
    policies: Sequence[Policy] = (),
    quick: bool = False,
    report: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Check what must hold of runs of a county.

    Parameters
    ----------
    county
        The county. Some checks run on an excerpt of it, and say so.
    policies
        Policies to check conservation under, besides each payment scheme with its defaults.
        The first one stands for all in the checks that take one.
    quick
        Fewer months and heavier agents; the same checks.
    report
        Called with each row as soon as it stands.

    Returns
    -------
    list of dict
        Rows with name, value, low, high, ok and detail.
    """
    rows = []
    for row in _all_checks(county, list(policies), quick):
        rows.append(row)
        if report is not None:
            report(row)
    return rows


def scheme_policies() -> list[Policy]:
    """One policy for each payment scheme that the program has, with the scheme's defaults."""
    return [
        Policy.model_validate(
            {
                "name": name,
                "title": name,
                "title_zh": name,
                "rule": kind.rule,
                "source": "default parameters of the scheme",
                "starts_month": CHANGE_MONTH,
                "payment": {"scheme": name},
            }
        )
        for name, kind in schemes().items()
    ]


def _all_checks(county: County, policies: list[Policy], quick: bool) -> Iterator[Row]:
    by_scheme = scheme_policies()
    baseline = next(policy for policy in by_scheme if policy.name == "fee_for_service")
    named = [policy.model_copy(update={"starts_month": CHANGE_MONTH}) for policy in policies]
    names = {policy.name for policy in named}
    tried = named + [policy for policy in by_scheme if policy.name not in names]
    changes = [policy for policy in tried if policy.payment.name != baseline.payment.name]
    changing = changes[0] if changes else tried[0]
    small = excerpt(county, persons=min(EXCERPT_PERSONS, _people(county)))
    weights, refused = _weights(county, (10, 50) if quick else (1, 10, 50))
    weight = weights[-1] if quick else weights[min(1, len(weights) - 1)]
    for policy in tried:
        yield from conserved(county, policy, baseline, weight, months=14 if quick else 37)
    if weight > 1:
        yield from conserved(small, changing, baseline, 1, months=14 if quick else 37)
    yield same_on_threads(county, changing, baseline, weight, months=14 if quick else 25)
    yield from plain_is_compiled(county, changing, baseline, months=13 if quick else 25)
    yield goes_on_after_resume(small, changing, baseline, months=14 if quick else 25)
    yield from extra_birth_shifts_none(small, baseline)
    yield from compare_weights(county, baseline, weights)
    yield from refused


def _weights(county: County, wanted: Sequence[int]) -> tuple[list[int], list[Row]]:
    """The weights that the county bears, 1 at least, and a row for each that it refuses."""
    borne, refused = [], []
    for weight in wanted:
        try:
            pool_clinics(county, weight)
            borne.append(weight)
        except InputError as error:
            refused.append(_zero(f"1:{weight}", 0, f"refused, as it should be: {error}"))
    return borne or [1], refused


def _people(county: County) -> int:
    return int(county.population["persons"].sum())


def _zero(name: str, value: int, detail: str) -> Row:
    """A row for a count that has to be zero."""
    ok = value == 0
    return {"name": name, "value": value, "low": 0, "high": 0, "ok": ok, "detail": detail}


def conserved(
    county: County, policy: Policy, baseline: Policy, weight: int, months: int
) -> Iterator[Row]:
    """People and fen after every month, under a policy that follows the baseline."""
    model = Model(county, policy, baseline, weight=weight)
    watch = Watch(model)
    for _ in range(months):
        watch.step()
    model.close()
    where = f"{len(model.residents)} agents at 1:{weight}, {months} months"
    for check, meaning in CHECKS.items():
        yield _zero(
            f"conserved: {check}, {policy.name}, 1:{weight}",
            watch.worst[check],
            f"{meaning}; {where}",
        )


def same_on_threads(
    county: County, policy: Policy, baseline: Policy, weight: int, months: int
) -> Row:
    """One digest on 1, 2 and 4 threads."""
    found = {
        threads: run_digest(county, policy, baseline, months, weight=weight, threads=threads)
        for threads in (1, 2, 4)
    }
    told = ", ".join(f"{threads}: {each[:12]}" for threads, each in found.items())
    return _zero(
        "same digest on 1, 2 and 4 threads",
        len(set(found.values())) - 1,
        f"{told}; 1:{weight}, {months} months",
    )


def plain_is_compiled(
    county: County, policy: Policy, baseline: Policy, months: int
) -> Iterator[Row]:
    """One digest compiled, agent by agent, and in a process without a compiler."""
    tiny = excerpt(county, villages_each=2, persons=min(PLAIN_PERSONS, _people(county)))
    compiled = run_digest(tiny, policy, baseline, months)
    views = run_digest(tiny, policy, baseline, months, agent_by_agent=True)
    process = digest_without_compilation(tiny, policy, baseline, months)
    where = f"excerpt of {_people(tiny)} people, {months} months"
    for name, other in (
        ("compiled and agent by agent, same digest", views),
        ("compiled and in a process with compilation off, same digest", process),
    ):
        yield _zero(name, int(other != compiled), f"{compiled[:12]}, {other[:12]}; {where}")


def goes_on_after_resume(county: County, policy: Policy, baseline: Policy, months: int) -> Row:
    """One digest of a run without a break and of runs broken off in several months."""
    breaks = (0, 5, CHANGE_MONTH, CHANGE_MONTH + 1)
    with tempfile.TemporaryDirectory() as folder:
        whole = Model(county, policy, baseline)
        for month in range(months):
            if month in breaks:
                save(whole, Path(folder) / f"{month}.npz")
            whole.step()
        expected, wrong = digest(whole), []
        whole.close()
        for month in breaks:
            again = resume(Path(folder) / f"{month}.npz", county, policy, baseline)
            for _ in range(month, months):
                again.step()
            if digest(again) != expected:
                wrong.append(month)
            again.close()
    told = f"broken off after months {', '.join(map(str, breaks))} of {months}"
    return _zero(
        "same digest after save and resume",
        len(wrong),
        f"{told}; other digest: {', '.join(map(str, wrong)) or 'none'}",
    )


def extra_birth_shifts_none(county: County, policy: Policy) -> Iterator[Row]:
    """One birth more in one of two runs: whom else it changes."""
    at_once = policy.model_copy(update={"starts_month": 0})
    changed, number = as_it_stands(county, at_once)
    yield _zero(
        "one birth more: lives changed until the next month's care",
        changed,
        f"{number - 1} other residents compared by key, all columns, queues and talk as they "
        "stand, through the month of the birth and everybody's next need and choice",
    )
    changed, number = uncoupled(county, at_once)
    yield _zero(
        "one birth more: lives changed in a year without queues and talk",
        changed,
        f"{number - 1} other residents compared by key, all columns, 12 months later; "
        "capacity without bound, learning.talk_rate at 0",
    )
