"""Folders of results appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.foundation.errors import InputError
from experiments.folders import MARK, ResultFolder, check_file


def write(folder: Path, text: str = "one", names: tuple[str, ...] = ("a.txt",)) -> None:
    with ResultFolder(folder) as target:
        for name in names:
            (target.draft / name).write_text(text, encoding="utf-8")
        target.keep()


def test_a_result_appears_with_its_missing_parents(tmp_path: Path) -> None:
    folder = tmp_path / "结果 2025" / "run one"
    write(folder)
    assert (folder / "a.txt").read_text(encoding="utf-8") == "one"
    assert [path.name for path in folder.parent.iterdir()] == ["run one"]


def test_nothing_is_left_if_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), ResultFolder(tmp_path / "x" / "y") as target:  # noqa: PT012
        (target.draft / "a.txt").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_an_earlier_result_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, names=("a.txt", "b.txt"))
    with pytest.raises(ValueError, match="x"), ResultFolder(folder) as target:  # noqa: PT012
        (target.draft / "a.txt").write_text("two", encoding="utf-8")
        raise ValueError("x")
    assert (folder / "a.txt").read_text(encoding="utf-8") == "one"
    write(folder, "two")
    assert sorted(path.name for path in folder.iterdir()) == [MARK, "a.txt"]
    assert (folder / "a.txt").read_text(encoding="utf-8") == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_other_files_are_never_touched(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder)
    (folder / "my notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds other files \(my notes.txt\)"):
        write(folder, "two")
    assert (folder / "my notes.txt").exists()
    assert (folder / "a.txt").read_text(encoding="utf-8") == "one"


def test_files_that_come_while_it_works_are_not_lost(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with pytest.raises(InputError, match="holds other files"), ResultFolder(folder) as target:  # noqa: PT012
        folder.mkdir()
        (folder / "late.txt").write_text("mine", encoding="utf-8")
        target.keep()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (folder / "late.txt").exists()


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is not a folder"), ResultFolder(tmp_path / "out"):
        pass
    with pytest.raises(InputError, match="cannot be written"), ResultFolder(tmp_path / "out" / "x"):
        pass


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody may write")
def test_an_unwritable_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"), ResultFolder(Path("/proc/self/x")):
        pytest.fail("entered")
    with pytest.raises(InputError, match="cannot be written"):
        check_file(Path("/proc/self/checkpoint.npz"))


def test_checkpoints_places_are_checked(tmp_path: Path) -> None:
    check_file(tmp_path / "run.npz")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="is a folder"):
        check_file(tmp_path)
    with pytest.raises(InputError, match="there is no folder"):
        check_file(tmp_path / "nowhere" / "run.npz")
