"""Who pays a bill: fund, covers behind it, employees' scheme, the patient himself.

Written into the patient's year and the provider's tally in the same breath, so that
both always hold the same fen.
"""

from __future__ import annotations

from typing import Any

from abm.world import Out, World
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import happens
from agents.insurer import (
    BASIS,
    NO_SCHEME,
    RESIDENT,
    care_kind,
    fund_share_of_admission,
    fund_share_of_visit,
    serious_illness_share,
)
from agents.patient import CRITICAL_FROM

SETTLED_LANE = 2


@scalar
def benefit_row(patient: Any, provider: Any, world: World) -> Any:
    """Row of the benefit table that this encounter falls under."""
    emergency = patient.severity >= CRITICAL_FROM
    kind = care_kind(provider.place, patient.elsewhere, patient.referred, emergency)
    return world.cover.benefits[patient.scheme, kind, provider.tier]


@scalar
def paid_by_head(patient: Any, cover: Any) -> bool:
    """Whether his routine visit is for a condition whose managed patients are told apart."""
    k = patient.routine - 1
    return cover.by_head[k] == 1 and patient.managed[k] == 1 and patient.elsewhere == 0


@scalar
def bill_admission(
    patient: Any, provider: Any, row: int, bill_fen: int, world: World, out: Out
) -> None:
    """Share an admission's bill among those who pay it."""
    tally, cover, scheme = out.tally[row], world.cover, patient.scheme
    benefit = benefit_row(patient, provider, world)
    in_policy = bill_fen * benefit.in_policy_bp // BASIS
    fund = fund_share_of_admission(
        in_policy,
        benefit.deductible_fen,
        benefit.inpatient_bp,
        patient.year_inpatient_fund_fen,
        cover.ceiling_fen[scheme],
    )
    borne = in_policy - fund
    serious = serious_illness_share(
        borne,
        patient.year_pocket_fen,
        cover.serious_deductible_fen[scheme],
        cover.serious_bp[scheme],
    )
    aid = (borne - serious) * cover.aid_bp[scheme] // BASIS if patient.aided == 1 else 0
    own = bill_fen - fund - serious - aid
    if scheme == RESIDENT:
        tally.fund_inpatient_fen += fund
        tally.insured_admissions += 1
        tally.insured_inpatient_cost_fen += bill_fen
    else:
        tally.employee_fund_fen += fund
    patient.year_inpatient_fund_fen += fund
    patient.year_pocket_fen += borne
    tally.serious_fen += serious
    tally.aid_fen += aid
    tally.inpatient_cost_fen += bill_fen
    tally.patient_fen += own
    patient.year_paid_fen += own
    patient.year_cost_fen += bill_fen


@scalar
def bill_visits(
    patient: Any,
    provider: Any,
    row: int,
    bill_fen: int,
    visits: int,
    routine: bool,
    world: World,
    out: Out,
    lanes: int,
    stream: int,
) -> None:
    """Share the bill of outpatient visits; only some pass through the insurance at all."""
    tally, cover = out.tally[row], world.cover
    settled = patient.scheme != NO_SCHEME and (
        routine or happens(lanes, SETTLED_LANE, provider.settled_share, stream, draws.SETTLED)
    )
    fund = 0
    if settled:
        benefit = benefit_row(patient, provider, world)
        in_policy = bill_fen * benefit.in_policy_bp // BASIS
        if routine:
            fund = fund_share_of_visit(
                in_policy,
                benefit.chronic_bp,
                patient.year_chronic_fund_fen,
                cover.chronic_cap_fen[patient.scheme],
            )
            patient.year_chronic_fund_fen += fund
        else:
            fund = fund_share_of_visit(
                in_policy,
                benefit.outpatient_bp,
                patient.year_outpatient_fund_fen,
                cover.outpatient_cap_fen[patient.scheme],
            )
            patient.year_outpatient_fund_fen += fund
    if patient.scheme == RESIDENT and settled:
        if patient.episode_months > 0:
            tally.episode_visits_cost_fen += bill_fen
            tally.episode_visits_fund_fen += fund
        if routine:
            tally.chronic_visits += visits
            tally.chronic_cost_fen += bill_fen
            tally.fund_chronic_fen += fund
            if paid_by_head(patient, cover):
                tally.managed_cost_fen += bill_fen
                tally.managed_fund_fen += fund
        else:
            tally.settled_visits += visits
            tally.settled_outpatient_cost_fen += bill_fen
            tally.fund_outpatient_fen += fund
    elif settled:
        tally.employee_fund_fen += fund
    own = bill_fen - fund
    tally.outpatient_cost_fen += bill_fen
    tally.patient_fen += own
    patient.year_paid_fen += own
    patient.year_cost_fen += bill_fen


@scalar
def fund_part(patient: Any, provider: Any, bill_fen: int, world: World) -> int:
    """What the fund would pay of one more outpatient bill of his, passed through it."""
    benefit, cover = benefit_row(patient, provider, world), world.cover
    return fund_share_of_visit(
        bill_fen * benefit.in_policy_bp // BASIS,
        benefit.outpatient_bp,
        patient.year_outpatient_fund_fen,
        cover.outpatient_cap_fen[patient.scheme],
    )


@scalar
def bill_invented_visit(patient: Any, row: int, fund_fen: int, out: Out) -> None:
    """Bill the residents' fund for its part of a visit that did not happen."""
    tally = out.tally[row]
    tally.visits += 1
    tally.settled_visits += 1
    tally.invented_visits += 1
    tally.outpatient_cost_fen += fund_fen
    tally.settled_outpatient_cost_fen += fund_fen
    tally.fund_outpatient_fen += fund_fen
    patient.year_visits = min(patient.year_visits + 1, 10_000)
    patient.year_outpatient_fund_fen += fund_fen
    patient.year_cost_fen += fund_fen
