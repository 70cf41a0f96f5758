"""Heads: managed patients by who answers for them, and people by what they cost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.heads import AGE_BANDS_YEARS, OWN_CENTRE, OWN_CLINIC, adjusted_heads, count_managed
from abm.model import Model
from abm.policy import Policy

PolicyMaker = Callable[..., Policy]


@pytest.fixture(scope="module")
def lived(tiny_county: County, policy_of: PolicyMaker) -> Model:
    """Eleven months in, with heads counted for a policy to come."""
    later = policy_of("chronic_capitation", 12)
    model = Model(tiny_county, later, policy_of(), weight=2)
    for _ in range(11):
        model.step()
    return model


def test_managed_patients_are_counted_one_by_one(lived: Model) -> None:
    heads, network = count_managed(lived), lived.network
    listed = [0, 1]  # hypertension, diabetes
    expected = np.zeros_like(heads)
    for row in lived.residents:
        managed = [k for k in listed if row["stage"][k] > 0 and row["managed"][k]]
        if row["alive"] == 0 or row["scheme"] != 1 or row["elsewhere"] or not managed:
            continue
        slots = network.provider[row["village"]]
        for level in (OWN_CLINIC, OWN_CENTRE):
            where = heads[level].shape, slots[level] if slots[level] >= 0 else slots[1 - level]
            at = expected[level][where[1], network.group[row["village"]]]
            at["managed"] += 2
            at["held"] += 2 * all(row["controlled"][k] for k in managed)
    assert (heads == expected).all()
    assert heads["managed"][OWN_CENTRE].sum() > 50
    assert 0 < heads["held"].sum() < heads["managed"].sum()
    # The month's count stands in the books, and the year's sum grows by it.
    assert (lived.books.heads == heads).all()
    assert lived.books.year_heads["managed"].sum() > 5 * heads["managed"].sum()


def test_no_policy_that_pays_heads_counts_none(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = Model(tiny_county, policy_of("dip", 12), policy_of())
    model.step()
    assert not model.books.heads["managed"].any()
    assert not model.tally["managed_cost_fen"].any()


def test_routine_visits_of_heads_are_told_apart(lived: Model) -> None:
    year = lived.books.year_lines
    assert 0 < year["managed_fund_fen"].sum() < year["fund_outpatient_fen"].sum()
    assert (year["managed_cost_fen"] <= year["chronic_cost_fen"]).all()
    assert 0.1 < year["managed_cost_fen"].sum() / year["chronic_cost_fen"].sum() < 0.95


def test_adjusted_heads_are_heads_times_what_their_age_and_sex_cost(lived: Model) -> None:
    rows = lived.residents
    # Two consortia: half of the villages each, the second with the older people.
    group = lived.network.group.copy()
    lived.groups, before = 2, lived.groups
    try:
        lived.network.group[:] = np.arange(len(group)) % 2
        second = lived.network.group[rows["village"]] == 1
        insured = (rows["scheme"] == 1) & (rows["alive"] == 1)
        costly: dict[tuple[int, int], list[float]] = {}
        for row in rows[rows["scheme"] == 1]:
            band = max(b for b in AGE_BANDS_YEARS if b <= row["age_months"] // 12)
            spent = sum(
                int(row[f"year_{kind}_fund_fen"]) for kind in ("outpatient", "chronic", "inpatient")
            )
            cell = costly.setdefault((band, int(row["sex"])), [0.0, 0.0])
            cell[0] += spent
            cell[1] += row["alive"]
        expected = np.zeros(2)
        for row, other in zip(rows[insured], second[insured], strict=True):
            band = max(b for b in AGE_BANDS_YEARS if b <= row["age_months"] // 12)
            cost, heads = costly[band, int(row["sex"])]
            expected[int(other)] += cost / heads
        expected *= 2 * insured.sum() / expected.sum()
        found = adjusted_heads(lived)
        assert found == pytest.approx(expected)
        assert found.sum() == pytest.approx(2 * insured.sum())
        plain = 2 * np.array([(insured & ~second).sum(), (insured & second).sum()])
        assert np.abs(found - plain).max() > 1.0  # villages differ in age
    finally:
        lived.groups = before
        lived.network.group[:] = group


def test_without_a_year_behind_it_everybody_counts_the_same(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = Model(tiny_county, policy_of())
    assert adjusted_heads(model).tolist() == model.books.insured.tolist()
