"""What several tests start."""

from collections.abc import Iterator

import pytest

from tests import cloud as stand_in
from tests.cloud import Cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with stand_in.running() as running:
        yield running
