"""A short run in a process of its own, in which compilation is off.

The parent writes what to run to the child's standard input, and the child prints the digest
of where the run ended. It is the check that compiled code does what the text of the
behaviour says: here nothing but the Python interpreter has read it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

from abm.county import County
from abm.digest import digest
from abm.model import Model
from abm.policy import Policy


def run_digest(
    county: County, policy: Policy, baseline: Policy, months: int, seed: int = 1, **how: object
) -> str:
    """Digest of a run of some months; ``how`` goes to :class:`abm.model.Model`."""
    model = Model(county, policy, baseline, rng=seed, **how)  # type: ignore[arg-type]
    for _ in range(months):
        model.step()
    found = digest(model)
    model.close()
    return found


def digest_without_compilation(
    county: County, policy: Policy, baseline: Policy, months: int, seed: int = 1
) -> str:
    """Digest of the same run in a new process with NUMBA_DISABLE_JIT=1.

    Raises
    ------
    RuntimeError
        With the last line of what the process said, if it failed.
    """
    task = pickle.dumps((county, policy, baseline, months, seed))
    environment = os.environ | {
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "experiments.plain_run"],
        input=task,
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise RuntimeError(f"the run without compilation failed: {said[-1]}")
    return done.stdout.decode().split()[-1]


def main() -> None:
    """Run what the parent asks for on standard input."""
    county, policy, baseline, months, seed = pickle.loads(sys.stdin.buffer.read())
    print(run_digest(county, policy, baseline, months, seed))


if __name__ == "__main__":
    main()
