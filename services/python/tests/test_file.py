"""The file store's edges. Its durability under SIGKILL is in `test_durable`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from counter.config import Update
from counter.errors import ConfigError, StoreError, one_line
from counter.stores.file import File


@contextmanager
def opened(path: Path, update: Update = Update.ATOMIC) -> Iterator[File]:
    file = File(path, update)
    try:
        yield file
    finally:
        file.close()


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        File(path, Update.ATOMIC)
    return one_line(refused.value)


@pytest.mark.parametrize(
    ("content", "expect"),
    [("0", 0), ("41\n", 41), ("007", 7), ("18446744073709551615", 2**64 - 1)],
)
def test_a_file_is_a_count(tmp_path: Path, content: str, expect: int) -> None:
    path = tmp_path / "hits"
    path.write_text(content)
    with opened(path) as file:
        assert file.add(0) == expect


@pytest.mark.parametrize(
    "content",
    [
        "18446744073709551616", "", "\n", "41\n\n", "+41", "-1", " 41", "4 1", "4_1", "0x29", "४१",
        "hello",
    ],
)  # fmt: skip
def test_what_is_not_a_count_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "hits"
    path.write_text(content)
    line = refusal(path)
    quoted = content.replace("\n", "\\n")
    assert f"the counter file {path} cannot be used; put it right, or move it away" in line
    assert f'{path} holds "{quoted}" where a decimal count belongs' in line
    assert path.read_text() == content


def test_a_number_of_thousands_of_digits_is_refused_in_a_short_line(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    path.write_text("9" * 10_000)
    assert len(refusal(path)) < 400 + 2 * len(str(path))


def test_a_missing_file_is_zero_and_what_it_becomes_is_readable(tmp_path: Path) -> None:
    with opened(tmp_path / "hits") as file:
        assert file.add(3) == 3
    assert (tmp_path / "hits").read_text() == "3\n"


def test_a_second_opener_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    with opened(path) as first:
        assert f"{path} is in use by another counter; end that one" in refusal(path)
        assert first.add(1) == 1
    with opened(path) as second:
        assert second.add(1) == 2


def test_a_place_that_cannot_be_written_is_refused_for_root_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in [tmp_path / "file/hits", tmp_path / "missing/hits", Path("/proc/hits")]:
        assert f"opening {path}.lock failed; does its folder exist, and may this" in refusal(path)
    (tmp_path / "hits").mkdir()
    assert "cannot be used" in refusal(tmp_path / "hits")


def test_a_failure_before_the_rename_uses_no_number_up(tmp_path: Path) -> None:
    path, in_the_way = tmp_path / "hits", tmp_path / "hits.new"
    with opened(path) as file:
        assert file.add(5) == 5
        in_the_way.mkdir()
        with pytest.raises(StoreError, match="writing the count to"):
            file.add(1)
        assert path.read_text() == "5\n"
        in_the_way.rmdir()
        assert file.add(1) == 6


def test_a_failure_of_the_rename_skips_numbers_and_repeats_none(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    with opened(path) as file:
        assert file.add(5) == 5
        # A file cannot be renamed over a folder.
        path.unlink()
        path.mkdir()
        with pytest.raises(StoreError):
            file.add(1)
        path.rmdir()
        assert file.add(1) == 7


@pytest.mark.parametrize("update", Update)
def test_a_count_at_its_end_is_an_error(tmp_path: Path, update: Update) -> None:
    path = tmp_path / "hits"
    path.write_text("18446744073709551614")
    with opened(path, update) as file:
        with pytest.raises(StoreError, match=r"the count would pass 2\^64 - 1"):
            file.add(2)
        assert file.add(0) == 2**64 - 2


def test_read_then_write_counts_alone_and_trusts_the_file(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    with opened(path, Update.READ_THEN_WRITE) as file:
        assert file.add(1) == 1
        path.write_text("40")
        assert file.add(2) == 42


def test_a_symbolic_link_is_followed_and_its_target_counted_in_and_locked(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    target, link = tmp_path / "disk/hits", tmp_path / "hits"
    target.write_text("100\n")
    link.symlink_to("disk/hits")
    with opened(link) as file:
        assert file.add(1) == 101
        assert target.read_text() == "101\n"
        assert link.is_symlink()
        for path in (target, link):
            assert "in use by another counter" in refusal(path)


def test_what_is_not_a_regular_file_with_one_name_is_refused_and_left_as_it_is(
    tmp_path: Path,
) -> None:
    for fifo in ("fifo", "locked.lock", "new.new"):
        os.mkfifo(tmp_path / fifo)
    (tmp_path / "link-to-fifo").symlink_to("fifo")
    (tmp_path / "linked.new").symlink_to("fifo")
    (tmp_path / "folder").mkdir()
    for name in ("fifo", "locked", "new", "link-to-fifo", "linked", "folder"):
        line = refusal(tmp_path / name)
        assert "cannot be used" in line
        assert "it is not a regular file" in line
    for name in ("dangling", "loop"):
        (tmp_path / name).symlink_to("nowhere" if name == "dangling" else "loop")
        assert "cannot be used" in refusal(tmp_path / name)
    (tmp_path / "one").write_text("7\n")
    (tmp_path / "other").hardlink_to(tmp_path / "one")
    assert "it has a second name (a hard link)" in refusal(tmp_path / "other")
    assert (tmp_path / "one").read_text() == "7\n"


def test_a_file_larger_than_any_count_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    path.touch()
    # Sparse: zeros, and no place on the disk. No memory holds it.
    os.truncate(path, 1 << 40)
    assert "where a decimal count belongs" in refusal(path)
    (tmp_path / "zeros").write_text("0" * 65)
    assert "where a decimal count belongs" in refusal(tmp_path / "zeros")
