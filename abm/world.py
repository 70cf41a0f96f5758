"""What the agents of a month read and where they write, as plain named tuples.

``World`` is frozen while the month's parallel halves run. ``Out`` belongs to one worker.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.conditions import N_CONDITIONS, N_ILLNESSES
from agents.doctor import Judgement
from agents.foundation.slots import N_SLOTS
from agents.hazards import MAX_AGE, Hazards
from agents.insurer import Cover
from agents.patient import N_CLASSES, Options, Tastes
from agents.provider import DEMAND, TALLY
from agents.village import TALK

N_TIERS = 5
QUANTILES = 256
LINE_BYTES = 256

LIFE = np.dtype(
    [
        ("person_months", "i8"),
        ("births", "i8"),
        ("births_present", "i8"),  # to mothers who live here
        ("deaths", "i8"),
        ("moved_out", "i8"),
        ("left_county", "i8"),
        ("returned", "i8"),
        ("arrived", "i8"),
        ("needs", "i8"),
        ("without_care", "i8"),
        ("onsets", "i8", (N_CONDITIONS, MAX_AGE + 1)),  # of those present, by age in years
        ("insured_inpatient_cost_fen", "i8", (N_ILLNESSES,)),  # residents' scheme
        # By class of need, of those who come to a doctor of the county's own providers:
        ("seen", "i8", (N_CLASSES,)),
        ("put_off", "i8", (N_CLASSES,)),
        ("treated", "i8", (2, N_CLASSES)),  # without a bed, in bed
        ("intensity", "i8", (2, N_CLASSES)),  # sum of thousandths; 1,000: what the need calls for
        ("departure", "i8", (2, N_CLASSES)),  # the same of how far each was from that
    ],
    align=True,
)
"""What happened to the people of the county in a month."""

WORK = np.dtype(
    [
        ("visits", "i8"),
        ("admissions", "i8"),
        ("minutes", "i8"),
        ("billed_fen", "i8"),
        ("sent_up", "i8"),  # patients
        ("sent_down", "i8"),  # after a stay too
    ],
    align=True,
)
"""What one doctor did in a month."""

WAITING = np.dtype(
    [
        ("row", "i4"),
        ("provider", "i4"),
        ("key", "u8"),
        ("stream", "u8"),
        ("minutes", "i4"),
        ("bed_days", "i4"),
    ],
    align=True,
)
"""One person in a queue: who, where, place in the queue, his draws, what he asks for."""


class Course(NamedTuple):
    """How an episode of care runs; from the parameter files."""

    visits: Any
    """(class, quantile): outpatient visits that an episode takes."""
    price_ratio: Any
    """(cause,): price of a need of this cause against the place's mean."""
    routine_price_ratio: Any
    """(k,): price of a routine visit for condition k against the place's mean."""
    fatality: Any
    """(cause, 2): chance that a need of severity one kills, treated well and not."""
    fatality_by_age: Any
    """(age,): multiplies fatality; 1 at 70."""
    detect: Any
    """(k, tier): chance that one visit finds condition k."""
    manage: Any
    """(k,): chance that a visit to a primary provider enrols a diagnosed patient."""
    case_weight: Any
    """(cause, class): weight of an admission so recorded, thousandths."""
    low_cost_ratio: float
    """Bill over the price of its weight below which a case is far too cheap for it."""
    high_cost_ratio: float
    """The same above which it is far dearer."""
    stay_step_days: int
    """Days after which a stay counts as long, and again as many after which as very long."""
    treatment_step: float
    """Width of a group of treatment, in times what the need calls for."""
    severity_price_slope: float
    bill_noise: Any
    """(quantile,): spread of bills around their mean."""
    learning_rate: float
    wait_penalty_per_day: float
    kept_bed_share: float
    """Share of bed-days that a place keeps for those who need them, as far as it can."""
    by_outcome: Any
    """(cause,): 1 where an admission's pay goes by its outcome."""
    drug_months: int
    """Months for which a visit supplies his drugs."""


class World(NamedTuple):
    """All that is read while people live and are cared for."""

    hazards: Hazards
    options: Options
    options_group: Any
    """(village + 1,): consortium that answers for the village's people, 0 if none."""
    tastes: Tastes
    cover: Cover
    judgement: Judgement
    course: Course
    providers: Any
    doctors: Any
    roster: Any
    """(place,) row of each doctor at work, provider by provider."""


class Out(NamedTuple):
    """What one worker writes; whole numbers, so that their sum has no order."""

    tally: Any
    demand: Any
    talk: Any
    work: Any
    life: Any
    queue: Any
    queue_length: Any
    mothers: Any
    worth: Any
    """(slot,) scratch for the odds of each option."""


def one_record(table: Any) -> Any:
    """Put a named tuple of numbers and arrays into one record with the same field names.

    Compiled code then carries one pointer instead of every array's shape and strides,
    which it would otherwise compile, pass and look up at every call.

    Parameters
    ----------
    table
        A named tuple of numbers and arrays of numbers.

    Returns
    -------
    numpy.record
        Whole numbers as i8, others as f8.
    """
    values = {name: np.asarray(value) for name, value in zip(table._fields, table, strict=True)}
    layout = [
        (name, "i8" if value.dtype.kind in "iub" else "f8", value.shape)
        for name, value in values.items()
    ]
    record = np.zeros(1, np.dtype(layout, align=True)).view(np.recarray)
    for name, value in values.items():
        record[name] = value
    return record[0]


def apart(workers: int, length: int, dtype: np.dtype[Any]) -> np.ndarray:
    """(worker, length) zeros; each worker's lie in lines of memory of their own.

    What two threads write must not share a line, or each waits for the other's.
    """
    room = length + -(-LINE_BYTES // dtype.itemsize)
    return np.zeros((workers, room), dtype)[:, :length]


class Buffers:
    """The arrays behind the ``Out`` of each worker, and their sums.

    Parameters
    ----------
    workers
        How many.
    tally_rows, providers, villages, doctors
        Sizes; ``villages`` counts the row for life elsewhere.
    capacity
        How many residents there are; one worker may come to take them all.
    """

    def __init__(
        self,
        workers: int,
        tally_rows: int,
        providers: int,
        villages: int,
        doctors: int,
        capacity: int,
    ) -> None:
        self.tally = apart(workers, tally_rows, TALLY)
        self.demand = apart(workers, providers, DEMAND)
        talk = apart(workers, villages * N_SLOTS, TALK)
        self.talk = talk.reshape(workers, villages, N_SLOTS)
        self.work = apart(workers, doctors, WORK)
        self.life = apart(workers, 1, LIFE)
        self.queue_length = apart(workers, N_TIERS, np.dtype(np.int64))
        self.worth = apart(workers, N_SLOTS, np.dtype(float))
        self.queue = np.zeros((workers, N_TIERS, 0), WAITING)
        self.mothers = np.zeros((workers, 0), np.int32)
        self.grow(capacity)

    def grow(self, capacity: int) -> None:
        """Make room for ``capacity`` residents."""
        workers, _, room = self.queue.shape
        if capacity > room:
            # Some more than asked for: people grow in number, and new pages cost time.
            capacity += capacity // 8
            # Untouched pages of np.empty cost no memory: most queues stay short.
            self.queue = np.empty((workers, N_TIERS, capacity), WAITING)
            self.mothers = np.empty((workers, capacity), np.int32)

    def seat(self, doctors: int) -> None:
        """Make room for the work of ``doctors`` doctors."""
        if self.work.shape[1] != doctors:
            self.work = apart(len(self.work), doctors, WORK)

    def clear(self) -> None:
        """Forget the month."""
        for array in (self.tally, self.demand, self.talk, self.work, self.life):
            array.view(np.int64)[...] = 0
        self.queue_length[...] = 0

    def outs(self) -> list[Out]:
        """One ``Out`` a worker."""
        return [
            Out(
                self.tally[w].view(np.recarray),
                self.demand[w].view(np.recarray),
                self.talk[w].view(np.recarray),
                self.work[w].view(np.recarray),
                self.life[w].view(np.recarray),
                self.queue[w].view(np.recarray),
                self.queue_length[w],
                self.mothers[w],
                self.worth[w],
            )
            for w in range(len(self.tally))
        ]


def total(parts: np.ndarray) -> np.ndarray:
    """Sum records of whole numbers over the workers, the first axis."""
    flat = parts.view(np.int64).reshape(*parts.shape, -1)
    return np.ascontiguousarray(flat.sum(axis=0)).view(parts.dtype)[..., 0]
