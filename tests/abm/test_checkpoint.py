from __future__ import annotations

import dataclasses
import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abm.checkpoint import FORM_VERSION, resume, save
from abm.county import County
from abm.digest import digest
from abm.model import Model
from abm.policy import Policy
from agents.foundation.errors import InputError
from agents.patient import PATIENT

PolicyMaker = Callable[..., Policy]
BREAKS = (0, 5, 12, 13)
MONTHS = 14


@pytest.fixture(scope="module")
def whole(
    tiny_county: County, policy_of: PolicyMaker, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Model, Path]:
    """A run of 14 months and its checkpoints; the policy changes after month 12."""
    folder = tmp_path_factory.mktemp("checkpoints")
    model = Model(tiny_county, policy_of("bundle", 12), policy_of(), rng=5)
    for month in range(MONTHS):
        if month in BREAKS:
            save(model, folder / f"{month}.npz")
        model.step()
    return model, folder


@pytest.fixture(scope="module")
def saved(whole: tuple[Model, Path]) -> Path:
    return whole[1] / "5.npz"


@pytest.mark.parametrize(("month", "threads"), [(0, 1), (5, 2), (12, 1), (13, 3)])
def test_a_resumed_run_ends_as_one_without_a_break(
    whole: tuple[Model, Path], tiny_county: County, month: int, threads: int
) -> None:
    model, folder = whole
    again = resume(folder / f"{month}.npz", tiny_county, threads=threads)
    assert again.month == month
    for _ in range(month, MONTHS):
        again.step()
    assert digest(again) == digest(model)
    assert np.array_equal(again.ledger.journal(), model.ledger.journal())
    assert again.ledger.purposes == model.ledger.purposes
    assert again.datacollector.model_vars == model.datacollector.model_vars
    assert again.opening_fen == model.opening_fen
    assert again.next_unique_id == model.next_unique_id
    assert again.random.getstate() == model.random.getstate()
    assert again.rng.bit_generator.state == model.rng.bit_generator.state
    for one, other in zip(again.flows, model.flows, strict=True):
        assert np.array_equal(one, other)
    for mine, theirs in zip(again.surveys, model.surveys, strict=True):
        assert np.array_equal(mine.people, theirs.people)
        assert np.array_equal(mine.conditions, theirs.conditions)


def test_a_run_paid_by_lines_and_adjusted_heads_goes_on_the_same(
    tiny_county: County, policy_of: PolicyMaker, tmp_path: Path
) -> None:
    payment = {
        "lines": ["heads", "points", "long_stays", "bundle"],
        "bundle": {"level": "spending_trend", "divided_by": "adjusted_heads", "reserve": 0.05},
    }
    policies = policy_of("composition", 12, payment=payment), policy_of()
    model = Model(tiny_county, *policies)
    for _ in range(16):
        model.step()
    save(model, tmp_path / "16.npz")
    again = resume(tmp_path / "16.npz", tiny_county, *policies)
    for _ in range(16, 26):  # into a year that is set from what was counted before the break
        model.step()
        again.step()
    assert digest(again) == digest(model)
    assert model.books.state["head_month_fen"][0] > 0


def plain_state(holder: object) -> dict[str, Any]:
    """Every number and array that an object holds, whatever its name."""
    held = {k: v for k, v in vars(holder).items() if isinstance(v, int | float | str | np.ndarray)}
    return {name: plain_values(np.asarray(value)) for name, value in held.items()}


def plain_values(values: np.ndarray) -> Any:
    if values.dtype.names:
        return {name: values[name].tolist() for name in values.dtype.names}
    return values.tolist()


@pytest.mark.parametrize("month", [0, 5, 12, 13])
def test_nothing_that_a_model_holds_is_lost(
    whole: tuple[Model, Path], tiny_county: County, month: int
) -> None:
    # An attribute that a later change adds to the model, and forgets to save, is seen here.
    again = resume(whole[1] / f"{month}.npz", tiny_county)
    for _ in range(month, MONTHS):
        again.step()
    assert plain_state(again) == plain_state(whole[0])
    assert plain_state(again.books) == plain_state(whole[0].books)
    assert plain_state(again.ledger) == plain_state(whole[0].ledger)
    for name, value in whole[0].books.state.items():
        assert np.array_equal(again.books.state[name], value)


def test_a_resumed_run_may_go_on_agent_by_agent(
    whole: tuple[Model, Path], tiny_county: County
) -> None:
    model, folder = whole
    again = resume(folder / "13.npz", tiny_county, agent_by_agent=True)
    again.step()
    assert digest(again) == digest(model)


def test_weight_and_policies_come_from_the_file(
    tiny_county: County, policy_of: PolicyMaker, tmp_path: Path
) -> None:
    policy = policy_of("bundle", 12, payment={"growth": 0.0125}, benefits={"aid_ratio": 0.3})
    model = Model(tiny_county, policy, policy_of(), rng=2**40 + 1, weight=3)
    model.step()
    save(model, tmp_path / "run.npz")
    again = resume(tmp_path / "run.npz", tiny_county, policy, policy_of(), weight=3)
    assert again.policy.resolved() == policy.resolved()
    assert (again.weight, again.seed, again.policy_now is again.baseline) == (3, 2**40 + 1, True)


def test_a_policy_put_in_force_by_hand_stays_in_force(
    tiny_county: County, policy_of: PolicyMaker, tmp_path: Path
) -> None:
    model = Model(tiny_county, policy_of())
    model.step()
    model.set_policy(policy_of(name="third", benefits={"outpatient_cap_yuan": 0}))
    model.step()
    save(model, tmp_path / "run.npz")
    again = resume(tmp_path / "run.npz", tiny_county)
    assert again.policy_now.name == "third"
    for each in (model, again):
        each.step()
    assert digest(again) == digest(model)


def test_the_digest_is_of_values_not_of_how_they_lie_in_memory(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = Model(tiny_county, policy_of())
    model.step()
    before = digest(model)
    names = list(PATIENT.names or ())
    packed = np.dtype([(name, PATIENT[name]) for name in reversed(names)])
    rows = np.zeros(len(model.residents), packed)
    for name in names:
        rows[name] = model.residents[name]
    model.patients._rows = rows
    assert digest(model) == before
    rows["severity"][7] += 1
    assert digest(model) != before


# -- what does not fit -------------------------------------------------------------------


def test_other_county_weight_and_policy_are_refused_all_at_once(
    saved: Path, tiny_county: County, policy_of: PolicyMaker
) -> None:
    other = dataclasses.replace(tiny_county, start_year=tiny_county.start_year + 1)
    with pytest.raises(InputError) as caught:
        resume(saved, other, policy_of(), policy_of("bundle"), weight=2)
    told = caught.value.problems
    assert len(told) == 4
    assert all(str(saved) in problem for problem in told)
    assert f"given: typical of digest {other.digest[:12]}" in told[0]
    assert "stands for 1 people; asked for: 2" in told[1]
    assert "policy is bundle" in told[2]
    assert "baseline is fee_for_service" in told[3]


def rewrite(source: Path, target: Path, **changes: Any) -> Path:
    """Copy a checkpoint with some header values or arrays changed."""
    with np.load(source) as store:
        arrays = {name: store[name] for name in store.files}
    header = json.loads(arrays["header"].tobytes())
    header |= {k: v for k, v in changes.items() if k not in arrays}
    arrays |= {k: v for k, v in changes.items() if k in arrays}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(target, allow_pickle=True, **arrays)
    return target


def test_a_file_of_another_form_is_refused(
    saved: Path, tiny_county: County, tmp_path: Path
) -> None:
    newer = rewrite(saved, tmp_path / "newer.npz", form_version=FORM_VERSION + 1)
    with pytest.raises(
        InputError, match=f"form version {FORM_VERSION + 1}; allowed: {FORM_VERSION}"
    ):
        resume(newer, tiny_county)


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "0" * 64},
        {"month": 6},
        {"seed": "one"},
        {"policy": {"name": "nothing"}},
        {"purposes": None},
        {"Patient": np.zeros(3, PATIENT)},
        {"Patient": np.zeros((3, 3))},
        {"balance_fen": np.zeros(2, np.int64)},
        {"journal": np.zeros(4)},
        {"tallies": np.zeros(4)},
        {"Provider": np.array([{"a": 1}], dtype=object)},
        {"header": np.zeros(3, np.uint8)},
    ],
    ids=str,
)
def test_a_file_with_wrong_content_is_refused(
    saved: Path, tiny_county: County, tmp_path: Path, changes: dict[str, Any]
) -> None:
    if "header" in changes:
        with np.load(saved) as store:
            arrays = {name: store[name] for name in store.files}
        np.savez(tmp_path / "wrong.npz", **(arrays | changes))
        wrong = tmp_path / "wrong.npz"
    else:
        wrong = rewrite(saved, tmp_path / "wrong.npz", **changes)
    with pytest.raises(InputError, match="not a whole checkpoint"):
        resume(wrong, tiny_county)


@settings(max_examples=25)
@given(share=st.floats(0, 1), flip=st.integers(1, 255))
@example(share=0.6486428642614367, flip=1)  # the bracket that closes an array's header
def test_a_damaged_byte_is_found_or_did_no_harm(
    saved: Path, tiny_county: County, share: float, flip: int
) -> None:
    content = bytearray(saved.read_bytes())
    content[int(share * (len(content) - 1))] ^= flip
    damaged = saved.with_name("damaged.npz")
    damaged.write_bytes(content)
    try:
        found = digest(resume(damaged, tiny_county))
    except InputError:
        return
    assert found == digest(resume(saved, tiny_county))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_truncated_file_is_refused(
    saved: Path, tiny_county: County, tmp_path: Path, share: float
) -> None:
    content = saved.read_bytes()
    cut = tmp_path / "cut.npz"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"cut\.npz: not a whole checkpoint"):
        resume(cut, tiny_county)


def test_a_file_that_is_none_is_refused(tiny_county: County, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        resume(tmp_path / "none.npz", tiny_county)
    with pytest.raises(InputError, match="there is no such file"):
        resume(tmp_path, tiny_county)
    (tmp_path / "text").write_text("village,persons\n")
    with pytest.raises(InputError, match="not a whole checkpoint"):
        resume(tmp_path / "text", tiny_county)


# -- writing -----------------------------------------------------------------------------


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    whole: tuple[Model, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = whole
    target = tmp_path / "run.npz"
    target.write_bytes(b"the old one")

    def full_disk(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(InputError, match=r"run\.npz: cannot be written: No space left"):
        save(model, target)
    assert target.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_hold_a_file_is_refused(
    whole: tuple[Model, Path], tmp_path: Path
) -> None:
    model, _ = whole
    with pytest.raises(InputError, match="cannot be written"):
        save(model, tmp_path / "no folder" / "run.npz")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        save(model, tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
