"""The whole OpenAPI under made-up requests, right and wrong: no fault of ours, no answer it does not name."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from api.app import create_app

Make = Callable[..., int]

FEW, MANY = 12, 120
load_all_checks()
# No schema tells a cursor of ours from other letters, nor which sources there are; and we take more than it
# says: lists with commas in them, and parameters left empty.
LENIENT = CHECKS.get_by_names(["positive_data_acceptance", "negative_data_rejection"])


def _try(examples: int) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app())
    tried = 0
    for found in schema.get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            operation = found.ok()

            @given(case=operation.as_strategy(generation_mode=mode))
            @trying(
                max_examples=examples,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.explicit, Phase.generate),
            )
            def one(case: Any) -> None:
                case.call_and_validate(excluded_checks=LENIENT)

            # What takes nothing cannot be asked wrongly.
            with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                one()
                tried += 1
    assert tried > 15


@pytest.fixture
def filled(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some notices, and nobody who counts requests."""
    monkeypatch.setenv("TBT_REQUESTS_PER_MINUTE", "0")
    tags = {
        "sectors": ["toys-children"],
        "markets": ["EU"],
        "countries": ["VNM"],
        "measure_types": ["recall"],
    }
    for title in ("Safety of toys", "玩具安全", "Milk"):
        make(title, tags=tags, hs=["9503"])


@pytest.mark.backends("sqlite")
def test_no_made_up_request_meets_a_fault(filled: None) -> None:
    _try(FEW)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_no_made_up_request_meets_a_fault_on_either_database(filled: None) -> None:
    _try(MANY)
