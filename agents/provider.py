"""A provider: a village clinic, a township centre, a hospital. Its room, queue and accounts."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.conditions import N_ILLNESSES
from agents.foundation.compile import scalar
from agents.foundation.draws import QUEUE, hash_draw
from agents.foundation.exact import u64
from agents.foundation.records import RowAgent
from agents.incentive import BRINGS_FIELDS

EVERYONE: Any = np.uint64(0xFFFFFFFFFFFFFFFF)
"""Queue key behind which nobody stands: all who came are seen."""
_54: Any = np.uint64(54)
_10: Any = np.uint64(10)
DAYS_PER_MONTH = 365.0 / 12.0

PROVIDER = np.dtype(
    [
        ("tier", "i8"),
        ("place", "i8"),
        ("consortium", "i8"),
        ("village", "i8"),
        ("township", "i8"),
        ("tally_row", "i8"),  # first of its rows in the month's tally
        ("first_doctor", "i8"),  # place of its first doctor in the roster
        ("doctors", "i8"),
        ("posts", "i8"),  # doctors that its establishment allows
        ("hired", "i8"),  # newcomers so far
        ("capability", "f8"),  # severity up to which it treats needs as well as any, in general
        ("quality", "f8"),
        ("visit_price_yuan", "f8"),
        ("chronic_price_yuan", "f8"),
        ("admission_price_yuan", "f8"),
        ("los_days", "f8"),
        ("drugs_share", "f8"),
        ("settled_share", "f8"),
        ("minutes_per_visit", "i8"),
        ("minutes_per_bed_day", "i8"),
        ("can_refer", "i8"),  # 1 where somebody stands above it
        ("treats", "f8", (N_ILLNESSES,)),  # severity of each up to which it treats as well as any
        ("above_treats", "f8", (N_ILLNESSES,)),  # the same of the best place that stands above it
        ("county_treats", "f8", (N_ILLNESSES,)),  # of the best place in the county
        ("below_treats", "f8", (N_ILLNESSES,)),  # of the best lower of its consortium, -1: none
        ("idle_share", "f8"),  # share of its doctors' minutes that they do not work
        ("minutes_capacity", "f8"),  # a month, for this county's people
        (
            "bed_days_capacity",
            "f8",
        ),  # a month, for this county's people: what beds and nurses allow
        ("bed_days_room", "f8"),  # a month, what beds alone allow
        ("nurse_minutes", "f8"),  # a month, for this county's people
        ("whole_room", "f8"),  # what there is for everybody, times that for this county's people
        ("others_ask", "f8"),  # what people of other counties ask for, in the same measure
        ("minutes_given", "f8"),  # what this county's people could have had of it this month
        ("bed_days_given", "f8"),
        ("others_bed_days", "f8"),  # of people of other counties, this year so far
        ("others_visits", "f8"),
        ("nurse_minutes_per_visit", "f8"),
        ("nurse_minutes_per_bed_day", "f8"),
        ("minutes_backlog", "f8"),
        ("bed_days_backlog", "f8"),
        ("wait_days", "f8"),  # what people met with last month
        ("minutes_load", "f8"),  # last month's demand over capacity
        ("bed_load", "f8"),
        ("workload", "f8"),  # demand over capacity of its doctors' minutes, mean of a year
        ("equipment", "f8"),  # worth of its equipment, against the start
        ("size", "f8"),  # its beds, nurses and doctors' time, against the start
        ("bonus_factor", "f8"),  # what management makes of the policy's bonus
        ("seen_up_to", "u8"),  # queue key of the last who is seen this month
        ("bed_up_to", "u8"),  # queue key of the last who gets a bed
        ("spare_bed_share", "f8"),  # chance of a bed for one who could do without
        *BRINGS_FIELDS,  # what one more of each brings its doctor
        ("variable_cost_share", "f8"),  # drugs and materials that a yuan billed uses up
        ("visit_supplies_cost", "f8"),  # the same of visits
        ("admission_supplies_cost", "f8"),
        ("fixed_cost_fen", "i8"),  # a year
        ("subsidy_fen", "i8"),  # a year
        ("cash_fen", "i8"),
        ("loan_fen", "i8"),
        ("payable_fen", "i8"),  # owed to suppliers
        ("pay_arrears_fen", "i8"),  # base pay that is owed to its doctors
        ("bonus_arrears_fen", "i8"),
        ("revenue_mean_fen", "f8"),  # a month, over about a year
        ("balance_mean_fen", "f8"),  # of the balance that a bonus may follow, a month
        ("balance_spread_fen", "f8"),
        ("work_mean_minutes", "f8"),  # a month, over about a year
        ("visits_mean", "f8"),
        ("admissions_mean", "f8"),
        ("bed_days_mean", "f8"),
        ("bonus_mean_fen", "f8"),
        ("health_weight", "f8"),  # part of the bonus that management pays by health results
        ("managed_patients", "f8"),  # chronic patients that it looks after, at the last count
        ("controlled_patients", "f8"),  # of them, under control
        ("bonus_paid_share", "f8"),  # of the bonus due over about half a year
        ("alive", "i8"),
    ],
    align=True,
)

DEBTS = ("loan_fen", "payable_fen", "pay_arrears_fen", "bonus_arrears_fen")
"""Columns of what it has borrowed and owes."""

TALLY = np.dtype(
    [
        ("visits", "i8"),
        ("settled_visits", "i8"),
        ("chronic_visits", "i8"),
        ("admissions", "i8"),
        ("insured_admissions", "i8"),
        ("unneeded_admissions", "i8"),
        ("treatable_here", "i8"),  # insured stays for what the county's best treats as well
        ("case_weight", "i8"),  # recorded for insured admissions, thousandths
        ("light_weight", "i8"),  # of it: cases of classes that need no bed
        ("low_cost_weight", "i8"),  # of it: cases far cheaper than their weight
        ("low_cost_fen", "i8"),  # billed for those
        ("high_cost_fen", "i8"),  # billed above what marks a case as far dearer than its weight
        ("bed_days", "i8"),
        ("insured_bed_days", "i8"),
        ("minutes", "i8"),
        ("outpatient_cost_fen", "i8"),
        ("chronic_cost_fen", "i8"),
        ("inpatient_cost_fen", "i8"),
        ("settled_outpatient_cost_fen", "i8"),
        ("insured_inpatient_cost_fen", "i8"),
        ("fund_outpatient_fen", "i8"),
        ("fund_chronic_fen", "i8"),
        ("fund_inpatient_fen", "i8"),
        ("serious_fen", "i8"),
        ("aid_fen", "i8"),
        ("employee_fund_fen", "i8"),
        ("patient_fen", "i8"),
        ("referred_up", "i8"),
        ("referred_down", "i8"),  # sent to a lower place, after a stay too
        ("put_off", "i8"),  # sent away without care
        ("turned_away", "i8"),
        ("no_bed", "i8"),
        ("upcoded", "i8"),  # admissions recorded a class too high
        ("split", "i8"),  # stays recorded as two admissions
        ("invented_visits", "i8"),  # visits recorded that did not happen
        ("found_false", "i8"),  # false records that an audit found
        ("false_fen", "i8"),  # what the fund pays by price list for what was found
        ("poor_outcomes", "i8"),
        ("deaths", "i8"),
        ("declined", "i8"),  # beds advised and free that the patient did not take
        ("tracked_moderate", "i8"),  # admissions that are paid by their outcome, by class of need
        ("tracked_severe", "i8"),
        ("tracked_critical", "i8"),
        ("lost_moderate", "i8"),  # of them: died, or went home with the need they came with
        ("lost_severe", "i8"),
        ("lost_critical", "i8"),
        ("tracked_fund_fen", "i8"),  # fund's part of them
        # Of the insured, for those who are paid otherwise than by the bill:
        ("treated_weight", "i8"),  # case weight by what was done too, thousandths
        ("treated_weight_more", "i8"),  # the same if every bill were a tenth higher
        ("light_weight_more", "i8"),
        ("low_cost_weight_more", "i8"),
        ("low_cost_fen_more", "i8"),
        ("high_cost_fen_more", "i8"),
        ("late_days", "i8"),  # bed-days after the first step of a stay
        ("latest_days", "i8"),  # bed-days after the second
        ("long_stays", "i8"),  # stays beyond the first step
        ("long_days", "i8"),  # all their bed-days
        ("longest_days", "i8"),  # all bed-days of stays beyond the second
        ("long_weight", "i8"),  # case weight of the long stays
        ("long_cost_fen", "i8"),  # billed for them
        ("long_fund_fen", "i8"),  # the fund's part of that
        ("managed_cost_fen", "i8"),  # routine visits of those managed for a condition by the head
        ("managed_fund_fen", "i8"),
        ("episodes", "i8"),  # admissions that open an episode
        ("episode_weight", "i8"),  # their case weight
        ("episode_visits_cost_fen", "i8"),  # visits inside an open episode
        ("episode_visits_fund_fen", "i8"),
    ],
    align=True,
)
"""What one provider did in a month for one kind of care; one agent counts once."""

DEMAND = np.dtype([("minutes", "i8"), ("bed_days", "i8")], align=True)
"""What people ask of a provider in a month, before it is known who can be seen."""


class Provider(RowAgent, dtype=PROVIDER):
    """A provider as a Mesa agent: a view on one row of the county's providers."""


@scalar
def queue_key(severity: int, stream: int) -> int:
    """Place in the queue: more urgent first, ties by hash, never by row."""
    tie = hash_draw(stream, QUEUE) >> _10
    return (u64(999 - severity) << _54) | tie


@scalar
def needed_days(los_days: float, severity: float) -> float:
    """Mean length of a stay that a need calls for: the place's usual, longer when more severe."""
    return los_days * (0.4 + 0.8 * severity)


@scalar
def late_part(days: int, step_days: int) -> int:
    """Days of a stay that lie after a step."""
    return max(0, days - step_days)


@scalar
def stay_days(los_days: float, severity: float, noise: float, times: float) -> int:
    """Length of a stay in whole days, ``times`` what the need calls for."""
    return max(1, int(needed_days(los_days, severity) * times * (0.6 + 0.8 * noise) + 0.5))


def worked_minutes(providers: np.ndarray) -> np.ndarray:
    """(provider,) minutes of a month that doctors have for this county's people and work."""
    minutes = providers["minutes_capacity"] * (1.0 - providers["idle_share"])
    return np.asarray(minutes)


def room_for_ours(asked: np.ndarray, room: np.ndarray, providers: np.ndarray) -> np.ndarray:
    """What a place has for this county's people, who stand in one queue with those of others.

    Where all can be served, what the others leave; else their part of what all ask for. So where
    a hospital is full, most of what this county's people leave free goes to others, and most of
    what they ask for more is taken from others.

    Parameters
    ----------
    asked
        (provider,) what this county's people ask for.
    room
        (provider,) what there is for them while the others take their own part.
    providers
        (provider,) of PROVIDER, for what the others ask.
    """
    given = np.asarray(room * (providers["whole_room"] - providers["others_ask"]))
    short = np.flatnonzero((asked > given) & (asked > 0))
    there, ours, own = providers[short], asked[short], room[short]
    common = ours + np.maximum(own, 0.0) * there["others_ask"]
    given[short] = own * there["whole_room"] * ours / common
    return given


def load_of_all(ours: np.ndarray, room: np.ndarray, providers: np.ndarray) -> np.ndarray:
    """(provider,) what all take over what there is; arguments as in :func:`room_for_ours`."""
    whole = np.maximum(room * providers["whole_room"], 1e-9)
    return np.asarray(ours / whole + providers["others_ask"] / providers["whole_room"])


def last_served(keys: np.ndarray, amounts: np.ndarray, capacity: float) -> np.uint64:
    """Serve people in the order of their queue keys while capacity lasts.

    Parameters
    ----------
    keys
        (n,) queue keys, unsigned.
    amounts
        (n,) what each takes (minutes or bed-days).
    capacity
        What there is; the person who crosses it is still served and the overrun is
        carried into next month.

    Returns
    -------
    numpy.uint64
        Key of the last person served; EVERYONE if all are, 0 if none.
    """
    if amounts.sum() <= capacity:
        return EVERYONE
    if capacity <= 0:
        return np.uint64(0)
    order = np.argsort(keys, kind="stable")
    used = np.cumsum(amounts[order])
    last = int(np.searchsorted(used, capacity))
    return np.uint64(keys[order[min(last, len(keys) - 1)]])


def bed_days_for(
    beds: np.ndarray, nurse_minutes: np.ndarray, visits: np.ndarray, providers: np.ndarray
) -> np.ndarray:
    """Bed-days that a month has room for: as many as there are beds and nurses.

    Nurses first do what visits take of them; what is left goes to the wards.

    Parameters
    ----------
    beds
        (provider,) bed-days of the beds.
    nurse_minutes
        (provider,) nurses' minutes.
    visits
        (provider,) visits that take nurses' minutes.
    providers
        (provider,) of PROVIDER, for what a visit and a bed-day take.
    """
    wards = nurse_minutes - visits * providers["nurse_minutes_per_visit"]
    nursed = np.maximum(wards, 0.0) / np.maximum(providers["nurse_minutes_per_bed_day"], 1e-9)
    return np.minimum(beds, nursed)


def expected_wait_days(load: np.ndarray, turned_away_share: np.ndarray) -> np.ndarray:
    """Wait that people meet with, from load.

    The queue of one server with random arrivals waits in proportion to load / (1 - load)
    (Kingman 1961); a turned-away person waits for the next month. The load is held at
    0.97, where the formula passes what a month can hold.

    Parameters
    ----------
    load
        (provider,) demand over capacity.
    turned_away_share
        (provider,) share of those who came.
    """
    held = np.minimum(load, 0.97)
    return 0.1 * held / (1.0 - held) + 15.0 * turned_away_share
