"""Folders of results: whole or not at all, checked before the work starts."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from agents.foundation.errors import InputError
from experiments.interrupts import undisturbed

MARK = ".yigongti-result"
"""File that says that everything beside it was written by this program, and lists it."""


class ResultFolder:
    """A folder that appears whole when the work is done, or not at all.

    Entering checks at once that the folder can be written; the files go into ``draft``, a
    hidden folder beside it, which takes its place by one rename in :meth:`keep`. A folder
    that holds nothing but an earlier result is replaced; any other content is refused.

    Parameters
    ----------
    folder
        Where the result is to stand.

    Raises
    ------
    InputError
        On entering and in ``keep``, if the folder cannot be written or holds other files.
    """

    draft: Path

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: list[Path] = []

    def __enter__(self) -> ResultFolder:
        try:
            self._refuse_other_content()
            home = self.folder.absolute().parent
            for parent in reversed([home, *home.parents]):
                if not parent.exists():
                    parent.mkdir()
                    self._made.append(parent)
            self.draft = Path(tempfile.mkdtemp(prefix=f".{self.folder.name[:40]}-", dir=home))
        except OSError as error:
            self._remove_made()
            raise self._cannot(error) from error
        return self

    def keep(self) -> None:
        """Put the draft in the folder's place."""
        try:
            written = sorted(path.name for path in self.draft.iterdir())
            (self.draft / MARK).write_text("\n".join(written) + "\n", encoding="utf-8")
            self.draft.chmod(0o777 & ~_umask())
            with undisturbed():
                self._refuse_other_content()
                self._replace()
        except OSError as error:
            raise self._cannot(error) from error

    def _replace(self) -> None:
        if not self.folder.exists() or not any(self.folder.iterdir()):
            self.draft.replace(self.folder)
            return
        # A full folder cannot be replaced in one step: the earlier result steps aside first,
        # and comes back if the new one cannot take its place.
        aside = self.draft.with_name(f"{self.draft.name}-earlier")
        self.folder.rename(aside)
        try:
            self.draft.rename(self.folder)
        except BaseException:
            aside.rename(self.folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with undisturbed():
            shutil.rmtree(self.draft, ignore_errors=True)
            self._remove_made()

    def _remove_made(self) -> None:
        for parent in reversed(self._made):
            try:
                parent.rmdir()
            except OSError:  # the result stands in it
                return

    def _refuse_other_content(self) -> None:
        if not os.path.lexists(self.folder):
            return
        if not self.folder.is_dir() or self.folder.is_symlink():
            raise InputError(f"{self.folder}: is not a folder; allowed: a new or empty folder")
        found = {path.name for path in self.folder.iterdir()}
        mark = self.folder / MARK
        ours = {MARK, *mark.read_text(encoding="utf-8").splitlines()} if mark.is_file() else set()
        other = sorted(found - ours)
        if other:
            shown = ", ".join(other[:3]) + (" ..." if len(other) > 3 else "")
            raise InputError(
                f"{self.folder}: holds other files ({shown}); allowed: a new or empty folder, "
                "or one with nothing but an earlier result"
            )

    def _cannot(self, error: OSError) -> InputError:
        return InputError(
            f"{self.folder}: cannot be written: {error.strerror or error}; allowed: a folder "
            "that you may write"
        )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def check_file(path: Path) -> None:
    """Refuse a file that could not be written later.

    Raises
    ------
    InputError
        If it is a folder, or its folder is missing or cannot be written.
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise InputError(f"{path}: is a folder; allowed: a file")
    if not folder.is_dir():
        raise InputError(f"{path}: there is no folder {folder}; allowed: a file in a folder")
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{path.name[:40]}-"):
            pass
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
