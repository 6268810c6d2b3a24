"""LangGraph with its own checkpointer for SQLite or PostgreSQL; `sync` keeps every step, `exit` only where it waits."""

from __future__ import annotations

import itertools
import operator
import sqlite3
import sys
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt

from tests.benchmarks.contestants.player import path_of, play, sqlite_bytes


class State(TypedDict, total=False):
    i: int
    amount: int
    customer: str
    approved: bool
    results: Annotated[list[int], operator.add]


def _more(state: State) -> State:
    return {"i": state["i"] + 1}


def _ask(state: State) -> State:
    return {"approved": interrupt("approve?")}


def _straight(saver: Any) -> Any:
    graph = StateGraph(State)
    names = [f"t{index}" for index in range(10)]
    for name in names:
        graph.add_node(name, _more)
    for left, right in itertools.pairwise([START, *names, END]):
        graph.add_edge(left, right)
    return graph.compile(checkpointer=saver)


def _approval(saver: Any) -> Any:
    graph = StateGraph(State)
    for name, node in (("a", _more), ("ask", _ask), ("b", _more)):
        graph.add_node(name, node)
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", lambda state: "b" if state["amount"] < 100 else "ask", ["ask", "b"])
    graph.add_edge("ask", "b")
    graph.add_edge("b", END)
    return graph.compile(checkpointer=saver)


def _fan_out(saver: Any) -> Any:
    graph = StateGraph(State)
    graph.add_node("one", lambda state: {"results": [state["i"] + 1]})
    graph.add_conditional_edges(START, lambda state: [Send("one", {"i": index}) for index in range(100)], ["one"])
    graph.add_edge("one", END)
    return graph.compile(checkpointer=saver)


def _loop(saver: Any) -> Any:
    graph = StateGraph(State)
    graph.add_node("t", _more)
    graph.add_edge(START, "t")
    graph.add_conditional_edges("t", lambda state: END if state["i"] >= 1000 else "t", ["t", END])
    return graph.compile(checkpointer=saver)


def _saver(url: str) -> Any:
    if path := path_of(url):
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.execute("PRAGMA synchronous=FULL")
        return SqliteSaver(connection)
    from psycopg import Connection
    from psycopg.rows import dict_row

    saver = PostgresSaver(
        Connection.connect(url.replace("+psycopg", ""), autocommit=True, prepare_threshold=0, row_factory=dict_row)
    )
    saver.setup()
    return saver


def main() -> None:
    url, durability = sys.argv[1], sys.argv[2]
    saver = _saver(url)
    straight, approval, fan_out, loop = (make(saver) for make in (_straight, _approval, _fan_out, _loop))
    threads = itertools.count()

    def run(graph: Any, given: Any, thread: int) -> None:
        config = {"configurable": {"thread_id": str(thread)}, "recursion_limit": 3000}
        graph.invoke(given, config, durability=durability)

    def start() -> int:
        thread = next(threads)
        run(approval, {"i": 0, "amount": 200, "customer": "ACME"}, thread)
        return thread

    cases = {
        "A": lambda: run(straight, {"i": 0}, next(threads)),
        "B": lambda: run(approval, Command(resume=True), start()),
        "C": lambda: run(fan_out, {"i": 0}, next(threads)),
        "D": lambda: run(loop, {"i": 0}, next(threads)),
    }
    play(cases, wait=start, stored=lambda: sqlite_bytes(path_of(url)) if path_of(url) else 0)


main()
