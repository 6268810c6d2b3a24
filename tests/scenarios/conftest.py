"""The driver's assertions say what they compared, like those of a test."""

import pytest

pytest.register_assert_rewrite("tests.scenarios.driver", "tests.scenarios.look")
