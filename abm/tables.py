"""From a county's data to the tables that the agents read."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import numpy as np

from abm.county import County, Scheme
from abm.grouper import CLASS_SEVERITY, case_weights
from abm.illness import Illness
from abm.world import QUANTILES, Course
from agents.conditions import CONDITIONS, N_CONDITIONS
from agents.doctor import Judgement
from agents.foundation.compile import plain
from agents.foundation.exact import exp, normal_quantile
from agents.foundation.money import to_fen
from agents.hazards import Hazards, with_rare
from agents.insurer import BASIS, BENEFIT, Cover
from agents.patient import NEED_CLASSES, Tastes


def monthly(per_year: np.ndarray | float) -> np.ndarray:
    """Chance in a month of an event with the given hazard a year."""
    return 1.0 - np.exp(-np.asarray(per_year, dtype=float) / 12.0)


def by_class(county: County, name: str, routine: float | None = None) -> np.ndarray:
    """A parameter given for each class of need; routine as minor unless said otherwise."""
    values = [county.value(f"{name}.{kind}") for kind in NEED_CLASSES[:4]]
    return np.array([*values, values[0] if routine is None else routine])


def tastes(county: County, years: int = 0) -> Tastes:
    """What counts in choosing, from ``choice.*``.

    Parameters
    ----------
    years
        Since the start. Incomes outgrow list prices, which stand: counted in money of the
        start, the income at which a price counts as it is falls from year to year.
    """
    value = county.value
    reference = value("choice.income_reference_yuan")
    for _ in range(years):
        reference /= 1.0 + value("people.income_growth_per_year")
    return Tastes(
        price=by_class(county, "choice.price"),
        felt_from_yuan=by_class(
            county, "choice.felt_from_yuan", value("choice.felt_from_yuan.routine")
        ),
        travel_per_minute=by_class(county, "choice.travel_per_minute"),
        wait_per_day=value("choice.wait_per_day"),
        belief=by_class(county, "choice.belief"),
        fit=by_class(county, "choice.fit"),
        severity=CLASS_SEVERITY,
        drugs=value("choice.drugs"),
        self_care_odds=np.exp(
            by_class(county, "choice.self_care", value("choice.self_care.routine"))
        ),
        habit_odds=float(np.exp(value("choice.habit"))),
        contract_odds=float(np.exp(value("choice.contract"))),
        referral_odds=float(np.exp(value("choice.referral"))),
        talk_share=value("choice.talk_share"),
        income_reference_yuan=reference,
        income_slope=value("choice.income_slope"),
        bed=value("choice.bed"),
        bed_per_severity=value("choice.bed_per_severity"),
        bed_price=value("choice.bed_price"),
    )


def judgement(county: County, found_chance: float, fine_multiple: float) -> Judgement:
    """What doctors weigh, from ``care.*`` and the audit in force.

    Parameters
    ----------
    found_chance
        Chance that a false record is examined and shows.
    fine_multiple
        Fine, in times what was gained.
    """
    value = county.value
    return Judgement(
        benefit_curvature=value("care.intensity_curvature"),
        effort=value("care.effort"),
        lowest_intensity=value("care.lowest_intensity"),
        highest_intensity=value("care.highest_intensity"),
        stay_curvature=value("care.stay_curvature"),
        stay_price_share=value("care.stay_price_share"),
        shortest_stay=value("care.shortest_stay"),
        longest_stay=value("care.longest_stay"),
        stake_least_yuan=value("care.stake_least_yuan"),
        stake_yuan=value("care.stake_yuan"),
        noise=value("care.judgement_noise"),
        beyond_capability=value("care.beyond_capability"),
        outpatient_reach=value("care.outpatient_reach"),
        bed_burden_yuan=value("care.bed_burden_yuan"),
        travel_burden_yuan=value("care.travel_burden_yuan"),
        transfer_loss=value("care.transfer_loss"),
        put_off_keeps=value("care.put_off_keeps"),
        rehab_share=value("care.rehab_share"),
        effort_yuan_per_minute=value("care.effort_yuan_per_minute"),
        overload=value("care.overload"),
        unpaid=value("care.unpaid"),
        minute_worth_yuan=value("care.minute_worth_yuan"),
        duty_yuan_per_minute=value("care.duty_yuan_per_minute"),
        most_idle=value("care.most_idle"),
        manage_yuan=value("care.manage_yuan"),
        lie_visit_yuan=value("care.lie_visit_yuan"),
        lie_admission_yuan=value("care.lie_admission_yuan"),
        lie_split_yuan=value("care.lie_split_yuan"),
        lie_scale=value("care.lie_scale"),
        found_chance=found_chance,
        fine_multiple=fine_multiple,
    )


def cover(county: County, benefits: np.ndarray, by_head: Collection[str] = ()) -> Cover:
    """What each scheme pays, in fen and basis points.

    The residents' limits are the county's fund's, the employees' are ``employee.*``.
    Serious-illness cover and medical aid stand behind the residents' scheme only.
    ``by_head`` names the conditions whose managed patients' routine visits are told apart.
    """
    rows = np.zeros(benefits.shape, BENEFIT)
    rows["deductible_fen"] = np.floor(benefits["deductible_yuan"] * 100 + 0.5)
    for name in ("inpatient", "outpatient", "chronic"):
        rows[f"{name}_bp"] = np.floor(benefits[f"{name}_ratio"] * BASIS + 0.5)
    rows["in_policy_bp"] = np.floor(benefits["in_policy_share"] * BASIS + 0.5)
    limits, value = county.fund, county.value
    return Cover(
        benefits=rows.view(np.recarray),
        outpatient_cap_fen=_by_scheme(
            to_fen(limits.outpatient_cap_yuan), to_fen(value("employee.outpatient_cap_yuan"))
        ),
        chronic_cap_fen=_by_scheme(
            to_fen(limits.chronic_cap_yuan), to_fen(value("employee.chronic_cap_yuan"))
        ),
        ceiling_fen=_by_scheme(to_fen(limits.ceiling_yuan), to_fen(value("employee.ceiling_yuan"))),
        serious_deductible_fen=_by_scheme(to_fen(limits.serious_deductible_yuan), 0),
        serious_bp=_by_scheme(int(limits.serious_ratio * BASIS + 0.5), 0),
        aid_bp=_by_scheme(int(limits.aid_ratio * BASIS + 0.5), 0),
        by_head=np.array([1 if c.name in by_head else 0 for c in CONDITIONS]),
    )


def _by_scheme(resident: int, employee: int) -> np.ndarray:
    """(scheme,) whole numbers, nil for people without a scheme."""
    values = np.zeros(len(Scheme), np.int64)
    values[Scheme.RESIDENT], values[Scheme.EMPLOYEE] = resident, employee
    return values


def fatality_by_cause(county: County, illness: Illness) -> np.ndarray:
    """(cause, 2) chance that a need of severity one kills, treated well and not."""
    value = county.value
    acute = np.array([value("fatality.acute.treated"), value("fatality.acute.untreated")])
    return np.vstack([acute * illness.fatality_ratio[:, None], county.conditions.fatality])


def course(county: County, illness: Illness, by_outcome: np.ndarray | None = None) -> Course:
    """How an episode of care runs.

    Parameters
    ----------
    by_outcome
        (cause,) 1 where an admission's pay goes by its outcome; nowhere if absent.
    """
    value = county.value
    price_ratio = np.concatenate([illness.price_ratio, np.ones(N_CONDITIONS)])
    return Course(
        visits=visits_by_quantile(by_class(county, "illness.visits_per_episode", 1.0)),
        price_ratio=price_ratio,
        routine_price_ratio=county.conditions.routine_price_ratio,
        low_cost_ratio=value("money.low_cost_ratio"),
        high_cost_ratio=value("money.high_cost_ratio"),
        stay_step_days=int(value("money.stay_step_days")),
        treatment_step=value("money.treatment_step"),
        case_weight=case_weights(price_ratio, value("care.severity_price_slope")),
        fatality=fatality_by_cause(county, illness),
        fatality_by_age=illness.fatality_by_age,
        detect=county.conditions.detect_per_visit,
        manage=county.conditions.manage_per_visit,
        severity_price_slope=value("care.severity_price_slope"),
        bill_noise=lognormal_by_quantile(value("care.cost_sigma")),
        learning_rate=value("belief.learning_rate"),
        wait_penalty_per_day=value("belief.wait_penalty_per_day"),
        kept_bed_share=value("care.kept_bed_share"),
        by_outcome=np.zeros(len(price_ratio), np.int64) if by_outcome is None else by_outcome,
        drug_months=int(value("care.drug_months")),
    )


@cache
def lognormal_by_quantile(sigma: float, quantiles: int = 1024) -> np.ndarray:
    """(quantile,) lognormal values with mean one, at the middle of steps of equal chance.

    The mean of the steps is set to one exactly, so that bills keep their mean.
    """
    normal, power = plain(normal_quantile), plain(exp)
    drawn = np.array([power(sigma * normal((q + 0.5) / quantiles)) for q in range(quantiles)])
    scaled = drawn / drawn.mean()
    scaled.flags.writeable = False
    return scaled


def visits_by_quantile(mean: np.ndarray, most: int = 8) -> np.ndarray:
    """(class, quantile) visits of an outpatient episode: geometric with that mean.

    Quantiles are QUANTILES steps of equal chance, so that one look-up draws the number.
    """
    again = 1.0 - 1.0 / mean
    point = (np.arange(QUANTILES) + 0.5) / QUANTILES
    with np.errstate(divide="ignore"):
        number = 1.0 + np.floor(np.log1p(-point)[None, :] / np.log(again)[:, None])
    return np.clip(number, 1, most).astype(np.int64)


def first_age_above_zero(table: np.ndarray) -> int:
    """First age, the last axis, at which a table holds anything; beyond the last if nowhere."""
    ages = np.flatnonzero(table.reshape(-1, table.shape[-1]).any(axis=0))
    return int(ages[0]) if len(ages) else table.shape[-1]


def hazards(county: County, illness: Illness, enrol_per_year: np.ndarray) -> Hazards:
    """Chances in a month of everything that can happen to a resident before care."""
    c = county.conditions
    value = county.value
    resolve = by_class(county, "illness.resolve", 1.0)
    screen = monthly(c.screen_per_year)
    found = Hazards(
        death=np.ascontiguousarray(monthly(county.background_deaths_per_year)),
        birth=monthly(county.births_per_year),
        move=np.ascontiguousarray(monthly(county.migration_per_year[:3])),
        onset=np.ascontiguousarray(monthly(c.onset_per_year).transpose(1, 2, 0)),
        first_onset_age=first_age_above_zero(c.onset_per_year),
        raises=c.raises,
        most_raised=np.maximum(c.raises, 1.0).max(axis=2).prod(axis=0),
        progress=monthly(c.progress_per_year),
        death_ratio=c.death_ratio,
        most_deadly=float(np.maximum(c.death_ratio, 1.0).max(axis=(1, 2)).prod()),
        complication=monthly(c.complication_per_year),
        complication_severity=c.complication_severity,
        onset_severity=c.onset_severity,
        acute=illness.acute_per_month,
        acute_ratio=c.acute_ratio,
        severe_share=illness.severe_share,
        cause_share=np.ascontiguousarray(illness.cause_share.T),
        routine=c.routine_per_month,
        screen=screen,
        enrol=monthly(enrol_per_year),
        gain_control=c.gain_control_per_month,
        lose_control=c.lose_control_per_month,
        lose_without_drugs=value("care.lose_control_without_drugs"),
        resolve=resolve,
        rare=None,
    )
    return with_rare(found)
