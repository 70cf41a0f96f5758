"""What an admission records for schemes that pay by case: weight, and how odd its bill is."""

from __future__ import annotations

from typing import Any

from agents.foundation.compile import scalar

FULL_WEIGHT = 1000


@scalar
def record_case(
    tally: Any, weight: int, mild: bool, listed_price_yuan: float, bill_fen: int, course: Any
) -> None:
    """Enter one admission of the residents' scheme into the tally.

    Parameters
    ----------
    weight
        Case weight as recorded, thousandths.
    mild
        Whether the case is of a class that needs no hospital bed.
    listed_price_yuan
        Place's price of a case of weight one, against which a bill is far off or not.
    """
    tally.case_weight += weight
    standard_fen = listed_price_yuan * 100.0 * weight / FULL_WEIGHT
    if bill_fen < course.low_cost_ratio * standard_fen:
        tally.low_cost_weight += weight
        tally.low_cost_fen += bill_fen
    else:
        if mild:
            tally.light_weight += weight
        mark_fen = int(course.high_cost_ratio * standard_fen)
        tally.high_cost_fen += max(0, bill_fen - mark_fen)
