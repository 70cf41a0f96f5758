"""A resident: how he lives a month, what he needs, whether and where he seeks care.

Every function here acts on ONE resident. The same code runs compiled over a million
records and uncompiled on a single :class:`Patient`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.conditions import N_CONDITIONS
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import uniform
from agents.foundation.exact import exp, log, logistic, u64
from agents.foundation.records import RowAgent
from agents.foundation.slots import N_SLOTS

BELIEF_SCALE = 10_000
"""A belief of 1.0 as it is stored, in two bytes."""
BELIEF_STEP = 1.0 / BELIEF_SCALE

NEED_CLASSES = ("minor", "moderate", "severe", "critical", "routine")
MINOR, MODERATE, SEVERE, CRITICAL, ROUTINE = range(5)
N_CLASSES = len(NEED_CLASSES)
N_SCHEMES = 3
MODERATE_FROM, SEVERE_FROM, CRITICAL_FROM = 300, 600, 900
"""Severity, in thousandths, from which a need is of the class."""

NOWHERE = -1
DIED, MOVED = 1, 2
EPISODE_MONTHS = 3
"""Months of an episode of care, the one of its first admission included: some 90 days."""

PATIENT = np.dtype(
    [
        ("key", "u8"),
        ("income_yuan", "i4"),  # disposable, a year
        ("year_outpatient_fund_fen", "i4"),
        ("year_chronic_fund_fen", "i4"),
        ("year_inpatient_fund_fen", "i4"),
        ("year_pocket_fen", "i4"),  # in-policy cost of admissions that he bore
        ("year_paid_fen", "i4"),  # all that he paid
        ("year_cost_fen", "i4"),  # all that was billed for him
        ("exit_month", "i4"),
        ("belief", "i2", (N_SLOTS,)),  # believed chance of right care, by slot
        ("village", "i2"),
        ("age_months", "i2"),
        ("severity", "i2"),  # of this month's need, thousandths; 0: none
        ("year_visits", "i2"),
        ("stage", "u1", (N_CONDITIONS,)),  # 0: has it not
        ("aware", "u1", (N_CONDITIONS,)),
        ("managed", "u1", (N_CONDITIONS,)),
        ("controlled", "u1", (N_CONDITIONS,)),
        ("drug_months", "i1"),  # months for which he has his drugs
        ("sex", "u1"),  # 0 female, 1 male
        ("alive", "i1"),
        ("exit", "i1"),  # 0 still here, DIED, MOVED
        ("elsewhere", "u1"),
        ("scheme", "u1"),
        ("aided", "i1"),  # entitled to medical aid
        ("contract", "i1"),  # with the family doctor of his village or township
        ("births", "i1"),
        ("habit", "i1"),  # slot where he was seen last
        ("cause", "i1"),  # of this month's need; -1: none
        ("routine", "i1"),  # 1 + the chronic condition for which a routine visit is due; 0: none
        ("slot", "i1"),  # where he goes this month; -1: nowhere
        ("referred", "u1"),  # holds a referral
        ("admitted", "i1"),  # this month
        ("unresolved", "i1"),  # need left over from last month
        ("visits", "i1"),  # outpatient visits that this month's need takes
        ("year_admissions", "i1"),
        ("episode_months", "i1"),  # this one and those to come of the episode that a stay opened
    ],
    align=True,
)
"""A resident's record. What tables are looked up by is unsigned: compiled code then need not
ask whether a position counts from the end."""


class Patient(RowAgent, dtype=PATIENT):
    """A resident as a Mesa agent: a view on one row of the county's residents."""

    @property
    def age_years(self) -> float:
        """Age in years, with the month as a fraction."""
        return float(self.age_months) / 12.0

    def step(self) -> None:
        """Live the first half of a month: age, fall ill, decide where to go."""
        self.model.live_patient(self)


class Tastes(NamedTuple):
    """What counts in choosing a provider; arrays run over NEED_CLASSES."""

    price: Any
    """Worth of a felt price of one, at the reference income; see :func:`felt_price`."""
    felt_from_yuan: Any
    """Price up to which a further yuan counts nearly in full."""
    travel_per_minute: Any
    wait_per_day: float
    belief: Any
    fit: Any
    severity: Any
    """Severity at which a need of each class is judged."""
    drugs: float
    self_care_odds: Any
    habit_odds: float
    contract_odds: float
    referral_odds: float
    talk_share: float
    income_reference_yuan: float
    income_slope: float
    """How much more money counts for the poor: 0 not at all; see :func:`money_weight`."""
    bed: float
    """Worth of a bed that is offered for a need at the threshold of severe, before its price."""
    bed_per_severity: float
    bed_price: float
    """Worth of a felt price of one when a bed is offered, at the reference income."""


class Options(NamedTuple):
    """What the people of each village can choose from this month.

    The last row of each array is for residents who live elsewhere.
    """

    provider: Any
    """(village, slot): row of the provider, -1 for an empty slot."""
    tier: Any
    """(village, slot): its tier, -1 for an empty slot."""
    common: Any
    """(village, class, slot): worth of the option as far as it is the same for all."""
    felt_price: Any
    """(:func:`price_row`, slot): expected price after benefits, as it is felt."""
    known: Any
    """(village, illness, slot): severity of each illness that it is taken to be able to treat."""
    spent_from_fen: Any
    """(scheme, class): sum of the year at which a benefit counts as used up, or cover as begun."""


@scalar
def need_class(patient: Any) -> int:
    """Class of this month's need: by severity; a minor one is brought to a routine visit."""
    # Added up instead of branched on: what comes next cannot be guessed by the processor.
    severity = patient.severity
    kind = 1 if severity >= MODERATE_FROM else 0
    kind += 1 if severity >= SEVERE_FROM else 0
    kind += 1 if severity >= CRITICAL_FROM else 0
    return ROUTINE if kind == MINOR and patient.routine > 0 else kind


@scalar
def illness_of(patient: Any) -> int:
    """What his need is of: a position in ILLNESSES. A routine visit calls for no ability."""
    return u64(patient.cause if patient.cause >= 0 else 0)


@scalar
def felt_price(price_yuan: float, felt_from_yuan: float) -> float:
    """A price as it is felt: log(1 + price / from), so that the same ratio counts the same.

    In proportion to the yuan while a price is small, to its logarithm when it is large: ten
    yuan more matter for a visit and not for an admission. Such damping of cost is usual in
    discrete choice (Daly 2010) and follows the law of Weber and Fechner.
    """
    return log(1.0 + max(0.0, price_yuan) / felt_from_yuan)


@scalar
def money_weight(patient: Any, tastes: Tastes) -> float:
    """How much a felt price counts for him: one at the reference income, more for the poor."""
    reference, income = tastes.income_reference_yuan, patient.income_yuan
    return 1.0 + tastes.income_slope * (reference - income) / (reference + income)


@scalar
def option_place(patient: Any, options: Options) -> int:
    """Row of the options that he chooses from: his village's, or those of life elsewhere."""
    if patient.elsewhere == 1:
        return options.provider.shape[0] - 1
    return patient.village


@scalar
def price_row(place: int, scheme: int, referred: int, spent: int, kind: int) -> int:
    """Row of the prices for a village, a scheme, with a referral or not, and a class of need.

    ``spent`` is as in :func:`weigh_options`. One row number is worked out much faster than
    a position in six dimensions.
    """
    return u64((((place * N_SCHEMES + scheme) * 2 + referred) * 2 + spent) * N_CLASSES + kind)


@scalar
def weigh_options(
    patient: Any,
    kind: int,
    options: Options,
    tastes: Tastes,
    spent: int,
    above_tier: int,
    worth: Any,
) -> None:
    """Fill ``worth`` with the odds of the providers.

    Multinomial logit: exp(felt price x money weight + travel + wait + believed quality + fit
    + drugs in stock), times the odds of habit, contract and referral.

    Parameters
    ----------
    kind
        Class of his need.
    spent
        1 if the benefit that this need would draw on is used up (outpatient cap), or
        if serious-illness cover has begun (admissions).
    above_tier
        Only providers of a higher tier count; -1 for all.
    worth
        (slot,) array that is filled.
    """
    place = option_place(patient, options)
    prices = price_row(place, patient.scheme, patient.referred, spent, kind)
    price_weight = tastes.price[kind] * money_weight(patient, tastes)
    belief_weight = tastes.belief[kind] * (1.0 - tastes.talk_share) * BELIEF_STEP
    fit_weight, severity = -tastes.fit[kind], tastes.severity[kind]
    illness = illness_of(patient)
    # The length of the array, not the constant: the compiler then vectorises the loops.
    slots = worth.shape[0]
    for j in range(slots):
        short = max(0.0, severity - options.known[place, illness, j])
        worth[j] = (
            options.common[place, kind, j]
            + price_weight * options.felt_price[prices, j]
            + belief_weight * patient.belief[j]
            + fit_weight * short
        )
        worth[j] = exp(worth[j])
    if patient.habit >= 0:
        worth[patient.habit] *= tastes.habit_odds
    if patient.contract == 1:
        worth[0] *= tastes.contract_odds
        worth[1] *= tastes.contract_odds
    # An empty slot needs no question: its worth is so low that its odds are nil.
    if above_tier >= 0:
        for j in range(N_SLOTS):
            if options.tier[place, j] <= above_tier:
                worth[j] = 0.0


@scalar
def pick(worth: Any, stay_home: float, draw: float) -> int:
    """Choose a slot with chances in proportion to odds, or NOWHERE.

    Parameters
    ----------
    worth
        (slot,) odds.
    stay_home
        Odds of going nowhere.
    """
    total = 0.0
    for j in range(N_SLOTS):
        total += worth[j]
    point = draw * (total + stay_home) - stay_home
    if point < 0.0:
        return NOWHERE
    # Counting instead of searching: no branch for the processor to guess. Adding up once more
    # instead of keeping the sums: what was just written in parts is slow to read as a whole.
    up_to, passed = 0.0, 0
    for j in range(N_SLOTS):
        up_to += worth[j]
        passed += 1 if up_to <= point else 0
    return passed if passed < N_SLOTS else NOWHERE


@scalar
def choose_provider(
    patient: Any, kind: int, options: Options, tastes: Tastes, spent: int, worth: Any, stream: int
) -> int:
    """Decide whether to seek care and where; a slot or NOWHERE."""
    weigh_options(patient, kind, options, tastes, spent, -1, worth)
    stay_home = tastes.self_care_odds[kind]
    return pick(worth, stay_home, uniform(stream, draws.CHOICE))


@scalar
def choose_above(
    patient: Any,
    kind: int,
    options: Options,
    tastes: Tastes,
    spent: int,
    above_tier: int,
    worth: Any,
    draw: float,
) -> int:
    """Decide once more among higher providers: after a referral, or when turned away."""
    weigh_options(patient, kind, options, tastes, spent, above_tier, worth)
    stay_home = tastes.self_care_odds[kind]
    if patient.referred == 1:
        stay_home /= tastes.referral_odds
    return pick(worth, stay_home, draw)


@scalar
def accepts_bed(
    patient: Any, kind: int, options: Options, tastes: Tastes, spent: int, draw: float
) -> bool:
    """Whether he enters when a doctor of the place where he is advises a bed.

    Logit: bed + bed_per_severity x (severity - 0.6) + bed_price x money weight x felt price of the
    stay. The sicker he is, the more he would suffer without; the dearer it is to him, the
    likelier he goes home with drugs.

    Parameters
    ----------
    kind
        Class of need at whose price he would be admitted: severe or critical.
    spent
        1 if serious-illness cover has begun.
    """
    place = option_place(patient, options)
    prices = price_row(place, patient.scheme, patient.referred, spent, kind)
    felt = options.felt_price[prices, patient.slot]
    worth = tastes.bed + tastes.bed_per_severity * (patient.severity - SEVERE_FROM) / 1000.0
    worth += tastes.bed_price * money_weight(patient, tastes) * felt
    return draw < logistic(worth)


@scalar
def learn_from_care(patient: Any, slot: int, went_well: float, rate: float) -> None:
    """Move the belief in the place that he used towards what he lived through."""
    before = patient.belief[slot] / BELIEF_SCALE
    after = before + rate * (went_well - before)
    patient.belief[slot] = int(after * BELIEF_SCALE + 0.5)
    patient.habit = slot


@scalar
def forget_last_year(patient: Any) -> None:
    """Start a new insurance year: his counts begin at nothing."""
    patient.year_outpatient_fund_fen = 0
    patient.year_chronic_fund_fen = 0
    patient.year_inpatient_fund_fen = 0
    patient.year_pocket_fen = 0
    patient.year_paid_fen = 0
    patient.year_cost_fen = 0
    patient.year_visits = 0
    patient.year_admissions = 0
