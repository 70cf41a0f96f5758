"""What the laboratory shows, as rows: figures by arm, and what theory and evidence say of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from abm.county import County
from experiments.laboratory import MOST_ALTRUISTIC, QUANTILES, Done, Laboratory, Row

LOW, MIDDLE, HIGH = "low", "middle", "high"


def incentives_rows(county: County) -> list[Row]:
    """Every figure of the laboratory; those with bounds are what theory or evidence says.

    Returns
    -------
    list of dict
        ``name``, ``value``, ``low``, ``high``, ``ok`` (none where nothing is said),
        ``unit``, ``source``.
    """
    lab = Laboratory(county)
    return [*_figures(lab), *_laboratory(lab), *_mixing(lab), *_county(lab)]


def _row(
    name: str,
    value: float,
    unit: str,
    bounds: tuple[float, float] | None = None,
    source: str = "",
) -> Row:
    low, high = bounds or (None, None)
    ok = None if bounds is None else bool(bounds[0] <= value <= bounds[1])
    return {
        "name": name,
        "value": float(value),
        "low": low,
        "high": high,
        "ok": ok,
        "unit": unit,
        "source": source,
    }


def _figures(lab: Laboratory) -> Iterator[Row]:
    """What doctors of three altruisms do under every arm, by severity."""
    levels = lab.altruists(100)[[int(100 * q) for q in QUANTILES]]
    times = "times what the need calls for"
    for (name, arm), (quantile, altruism) in product(
        lab.arms.items(), zip(QUANTILES, levels, strict=True)
    ):
        start = f"{name}.altruism_{int(100 * quantile)}"
        for kind, severity in lab.severity.items():
            done = lab.do(arm, altruism, severity)
            yield _row(f"{start}.intensity_{kind}", done.intensity, times, None, arm.source)
            yield _row(f"{start}.stay_{kind}", done.stay, times, None, arm.source)
            yield _row(f"{start}.upcoded_{kind}", done.upcoded, "chance", None, arm.source)
        yield _row(f"{start}.minutes_worked", 1.0 - done.idle, "share", None, arm.source)


def _over(done: Done) -> float:
    return done.intensity - 1.0


def _gap(done: Done) -> float:
    return abs(done.intensity - 1.0)


def _laboratory(lab: Laboratory) -> Iterator[Row]:
    """Fees over-serve, a lump sum under-serves, by severity; full altruism does neither."""
    source = "Hennig-Schmidt, Selten and Wiesen 2011"
    unit = "times what the need calls for, less one"
    quantity = {}
    for arm in ("by_service", "by_head"):
        each = [
            lab.mean(arm, s, lambda d, s=s: lab.quantity(s, d.intensity))  # type: ignore[misc]
            for s in lab.severity.values()
        ]
        quantity[arm] = sum(each) / len(each)
    services = "services a patient, where 5 are needed in the mean"
    yield _row("by_service.quantity", quantity["by_service"], services, (6.0, 7.3), source)
    yield _row("by_head.quantity", quantity["by_head"], services, (4.0, 4.7), source)
    change = quantity["by_head"] / quantity["by_service"] - 1.0
    yield _row("by_head_against_by_service", change, "share", (-0.40, -0.25), source)
    for kind, severity in lab.severity.items():
        fee, head = lab.mean("by_service", severity, _over), lab.mean("by_head", severity, _over)
        yield _row(f"by_service.over_{kind}", fee, unit, (0.02, 2.0), source)
        yield _row(f"by_head.over_{kind}", head, unit, (-1.0, -0.02), source)
        # Whose departure from the need is larger: low-need patients fare better by head.
        worse = fee + head
        bounds = {LOW: (0.02, 2.0), HIGH: (-2.0, -0.005)}.get(kind)
        yield _row(f"by_service_worse_than_by_head_{kind}", worse, unit, bounds, source)
        for arm in ("by_service", "by_head"):
            served = [lab.do(lab.arms[arm], a, severity).intensity for a in lab.altruists()]
            over = sum(q > 1.05 for q in served) / len(served)
            under = sum(q < 0.95 for q in served) / len(served)
            yield _row(f"{arm}.over_served_share_{kind}", over, "share of doctors")
            yield _row(f"{arm}.under_served_share_{kind}", under, "share of doctors")
        for arm in ("by_service", "by_head"):
            best = lab.do(lab.arms[arm], MOST_ALTRUISTIC, severity)
            name = f"{arm}.fully_altruistic_{kind}"
            yield _row(name, _over(best), unit, (-0.02, 0.02), "Ellis and McGuire 1986")
    for arm, bounds in (("by_service", (-2.0, -0.02)), ("by_head", (0.005, 2.0))):
        gaps = {kind: lab.mean(arm, s, _gap) for kind, s in lab.severity.items()}
        name = f"{arm}.departure_high_less_low"
        yield _row(name, gaps[HIGH] - gaps[LOW], unit, bounds, "210 students, four pay rules")


def _mixing(lab: Laboratory) -> Iterator[Row]:
    """A mixed rule departs less than either of its parts, over severities."""
    gaps = {
        arm: sum(lab.mean(arm, s, _gap) for s in lab.severity.values()) / len(lab.severity)
        for arm in ("by_service", "by_head", "mixed")
    }
    for arm in ("by_service", "by_head"):
        yield _row(
            f"mixed_less_{arm}.departure",
            gaps["mixed"] - gaps[arm],
            "times what the need calls for",
            (-2.0, -0.01),
            "210 students: mixing lowers both deviations",
        )


def _county(lab: Laboratory) -> Iterator[Row]:
    """Flat salaries idle; case prices shorten, shed cost and tempt; a spent budget refuses."""
    middle, high = lab.severity[MIDDLE], lab.severity[HIGH]

    def mean(arm: str, severity: float, name: str) -> float:
        return lab.mean(arm, severity, lambda d: float(getattr(d, name)))

    def option(arm: str, name: str) -> float:
        return lab.mean(arm, high, lambda d: d.chances[name])

    theory = "theory: Ellis and McGuire 1986"
    idle = {arm: mean(arm, middle, "idle") for arm in ("revenue_bonus", "flat_salary")}
    game = "salary experiment (Games 2023): salary under-provides"
    yield _row("revenue_bonus.idle", idle["revenue_bonus"], "share of time", (0.0, 0.02), game)
    yield _row("flat_salary.idle", idle["flat_salary"], "share of time", (0.03, 0.4), game)
    less = mean("flat_salary", middle, "intensity") - mean("revenue_bonus", middle, "intensity")
    yield _row("flat_salary_less_revenue_bonus.intensity", less, "times", (-1.0, -0.02), game)
    beijing = "DRG in 15 hospitals of Beijing: stay and cost down"
    for name, unit in (("stay", "times"), ("bed_intensity", "times")):
        gap = mean("case_weights", high, name) - mean("revenue_bonus", high, name)
        yield _row(f"case_weights_less_revenue_bonus.{name}", gap, unit, (-0.5, -0.02), beijing)
    gap = mean("per_day", high, "stay") - mean("case_weights", high, "stay")
    yield _row("per_day_less_case_weights.stay", gap, "times", (0.02, 1.0), theory)
    gap = mean("case_weights", high, "upcoded") - mean("revenue_bonus", high, "upcoded")
    tempts = "weights pay, fees do not; audit is weak"
    yield _row("case_weights_less_revenue_bonus.upcoded", gap, "chance", (0.01, 0.6), tempts)
    for name in ("upcoded", "split"):
        yield _row(f"revenue_bonus.{name}", mean("revenue_bonus", high, name), "chance", (0, 0.01))
    yield _row(
        "revenue_bonus.invented", mean("revenue_bonus", middle, "invented"), "chance", (0, 0.03)
    )
    yield _row("case_weights.split", mean("case_weights", high, "split"), "chance")
    away = [
        sum(option(arm, name) for name in ("put_off", "send_up", "treat"))
        for arm in ("budget_spent", "revenue_bonus")
    ]
    refused = "severe patients sent away as a budget runs out"
    yield _row(
        "budget_spent_less_revenue_bonus.no_bed_for_the_severe",
        away[0] - away[1],
        "chance",
        (0.01, 1.0),
        refused,
    )
