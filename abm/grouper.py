"""Grouping admissions: the weight of a case by its cause and recorded severity.

A grouper is simplified openly: cause x class of need. A weight of one is a case of mean
cause at the severity for which price lists are written; the weights follow the same price
list as the bills, so that honest records weigh in proportion to what cases cost.
"""

from __future__ import annotations

import numpy as np

CLASS_SEVERITY = np.array([0.2, 0.45, 0.72, 0.94, 0.0])
"""Typical severity of a need of each class, at which places and cases are judged."""
LISTED_SEVERITY = 0.75
"""Severity for which admissions' prices are listed."""
LEAST_WEIGHT = 200
"""Thousandths; no case weighs less."""


def case_weights(price_ratio: np.ndarray, severity_price_slope: float) -> np.ndarray:
    """(cause, class) weights in thousandths.

    Parameters
    ----------
    price_ratio
        (cause,) price of a cause against the mean.
    severity_price_slope
        Growth of an admission's price with severity, shares of the listed price.
    """
    by_class = 1.0 + severity_price_slope * (CLASS_SEVERITY - LISTED_SEVERITY)
    weights = np.floor(1000.0 * price_ratio[:, None] * by_class[None, :] + 0.5)
    return np.maximum(weights, LEAST_WEIGHT).astype(np.int64)
