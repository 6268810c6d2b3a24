"""The page of results: what a run measured takes its place, the rest stays."""

from __future__ import annotations

from tests.benchmarks.results import Results


def test_a_part_of_the_benchmarks_renews_its_part_of_the_page() -> None:
    first, second = Results(), Results()
    first.add("Disk", "write", "1 ms", target="<= 2 ms", is_met=True)
    first.add("Server", "answer", "9 ms", target="<= 5 ms", is_met=False)
    second.add("Server", "answer", "4 ms", target="<= 5 ms", is_met=True)
    second.add("Memory", "all", "3 MB")
    page = second.markdown(first.markdown())
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## Disk",
        "## Server",
        "## Memory",
        "## Altogether",
    ]
    assert "| answer | 4 ms |  | <= 5 ms | met |" in page
    assert "9 ms" not in page
    assert page.endswith("2 of 2 targets met.\n")
    assert second.markdown(page).count("## ") == page.count("## ")
