"""Is what a run shows what the theory says, or what a bug would show, or can it not be told?

A plain comparison with a tolerance has two faults: it passes when the sample is too small to
show anything, and it fails now and then when all is well. Here every check states two
stories, the theory's and one or more that a bug would tell, and asks by what factor the
sample is likelier under the theory than under the best of the bugs (a Bayes factor):

- 100 or more: the theory stands;
- 1 / 100 or less: :class:`BugLikelierError`, a bug tells the story better;
- between: :class:`CouldNeverTellError`, the sample does not decide and has to grow.

A story is a value, or a range of values each as likely as any other. A sample that could not
decide even if it came out in the middle of the theory is refused before it is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import special, stats

Story = float | tuple[float, float]
"""A value, or all values between two."""

DECISIVE = math.log(100.0)


class BugLikelierError(AssertionError):
    """A bug tells the story better than the theory."""


class CouldNeverTellError(AssertionError):
    """The sample cannot tell the theory from the bug."""


def check_share(name: str, count: int, of: int, theory: Story, bugs: Sequence[Story]) -> float:
    """Check how often something happened against the chance that the theory gives it.

    Parameters
    ----------
    count, of
        How often it happened, of how many independent times.
    theory, bugs
        Chances.

    Returns
    -------
    float
        By what factor the theory beats the best bug, as a natural logarithm.
    """
    centre = round(of * float(np.mean(theory)))
    return _decide(
        f"{name}: {count} of {of} is {count / max(of, 1):.5f}",
        lambda hits, story: _log_binomial(hits, of, story),
        (int(count), centre),
        theory,
        bugs,
    )


def check_mean(
    name: str, mean: float, error: float, theory: Story, bugs: Sequence[Story], n: int = 10**6
) -> float:
    """Check an estimate with a standard error against the value that the theory gives it.

    Parameters
    ----------
    n
        Number of independent parts that the error was found from.
    """
    return _decide(
        f"{name}: {mean:.5g} with standard error {error:.2g}",
        lambda found, story: _log_t(found, error, n - 1, story),
        (float(mean), float(np.mean(theory))),
        theory,
        bugs,
    )


def check_parts(
    name: str, parts: Sequence[float] | np.ndarray, theory: Story, bugs: Sequence[Story]
) -> float:
    """Check the mean of independent parts: seeds, or clusters of people."""
    values = np.asarray(parts, float)
    error = values.std(ddof=1) / math.sqrt(len(values))
    if error == 0.0:
        # Parts that agree to the last digit: rounding is all the error there is.
        error = max(abs(values.mean()), 1.0) * 1e-12
    return check_mean(name, float(values.mean()), float(error), theory, bugs, len(values))


def check_ratio(
    name: str, count: int, expected: float, theory: Story, bugs: Sequence[Story]
) -> float:
    """Check a number of rare events against the number that the theory expects.

    Parameters
    ----------
    theory, bugs
        Ratios of found over expected, 1 for as many as expected.
    """
    ratio = max(count, 0.5) / expected
    return check_mean(
        f"{name}: {count} found, {expected:.1f} expected, log ratio",
        math.log(ratio),
        1.0 / math.sqrt(max(expected, 1.0)),
        _logs(theory),
        [_logs(bug) for bug in bugs],
    )


def _logs(story: Story) -> Story:
    if isinstance(story, tuple):
        return math.log(story[0]), math.log(story[1])
    return math.log(story)


def _decide(
    found: str,
    log_likelihood: Callable[[float, Story], float],
    seen_and_centre: tuple[float, float],
    theory: Story,
    bugs: Sequence[Story],
) -> float:
    seen, centre = seen_and_centre

    def factor(value: float, bug: Story) -> float:
        return log_likelihood(value, theory) - log_likelihood(value, bug)

    against = f"theory {_told(theory)}, bugs {', '.join(map(_told, bugs))}"
    if min(factor(centre, bug) for bug in bugs) < DECISIVE:
        raise CouldNeverTellError(f"{found}; the sample could never tell; {against}")
    least = min(factor(seen, bug) for bug in bugs)
    if least <= -DECISIVE:
        raise BugLikelierError(
            f"{found}; {against}; a bug is {math.exp(min(-least, 700)):.3g} times likelier"
        )
    if least < DECISIVE:
        raise CouldNeverTellError(
            f"{found}; {against}; the theory is only {math.exp(least):.3g} times as likely"
        )
    return least


def _told(story: Story) -> str:
    return f"{story[0]:.4g} to {story[1]:.4g}" if isinstance(story, tuple) else f"{story:.4g}"


def _log_binomial(hits: float, of: int, story: Story) -> float:
    """Logarithm of the likelihood of hits, without the binomial coefficient."""
    if not isinstance(story, tuple):
        return float(special.xlogy(hits, story) + special.xlog1py(of - hits, -story))
    low, high = story
    a, b = hits + 1.0, of - hits + 1.0
    return float(special.betaln(a, b) + _log_between(stats.beta(a, b), low, high))


def _log_t(found: float, error: float, freedom: int, story: Story) -> float:
    if not isinstance(story, tuple):
        return float(stats.t.logpdf(found, freedom, story, error))
    low, high = story
    return float(_log_between(stats.t(freedom, found, error), low, high))


def _log_between(belief: stats.rv_continuous, low: float, high: float) -> float:
    """Logarithm of the mean density between two values, also far out in a tail."""
    if belief.mean() < low:  # the mass above is then the smaller one, and exact
        log_a, log_b = belief.logsf(low), belief.logsf(high)
    else:
        log_a, log_b = belief.logcdf(high), belief.logcdf(low)
    if not np.isfinite(log_a):
        return -1e300
    gap = log_b - log_a if np.isfinite(log_b) else -np.inf
    share = math.log(max(-math.expm1(gap), 1e-300)) if gap > -700 else 0.0
    return float(log_a + share - math.log(high - low))
