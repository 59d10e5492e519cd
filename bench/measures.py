"""How things are measured: each function here makes one that turns a running server into numbers (`Measure`)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import generator
from bench.generator import Failed, Load
from bench.servers.launch import Running
from bench.world import Group, World, token

PAGE = 50
CURSORS = 20_000
WARMING_SOCKETS = 100
MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured."""

    seconds: float
    warm_up: float
    settle: float


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement of one server. Files for the generator go into `folder`."""

    server: Running
    world: World
    effort: Effort
    folder: Path

    def lines(self, name: str, lines: Iterable[str]) -> str:
        """The path of a file with these lines."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)

    def load(self, what: str, *options: str) -> Load:
        """Runs the generator as long as it is to be."""
        times = ["--seconds", str(self.effort.seconds), "--warm-up", str(self.effort.warm_up)]
        return generator.run(self.server, what, [*times, *options])


Numbers = dict[str, float]
Measure = Callable[[Job], Numbers]


def _send(
    job: Job, groups: list[Group], *, senders: int, online: int, writers: int = 16, options: tuple[str, ...] = ()
) -> Load:
    """As many connections as `senders`, which the groups share and in every group its first `writers` members.

    Of every group the last `online` members have a socket.
    """
    by = []
    for place in range(max(senders, len(groups))):
        turn, which = divmod(place, len(groups))
        group = groups[which]
        by.append((group, group.members[turn % min(writers, len(group.members))]))
    receivers = [member for group in groups for member in group.members[len(group.members) - online :]]
    load = job.load(
        "sends", "--parallel", str(senders), "--expect", str(online), *options,
        "--senders", job.lines("senders", (f"{token(sender)} {group.id}" for group, sender in by)),
        "--receivers", job.lines("receivers", map(token, receivers)),
    )  # fmt: skip
    if load.result["refused"] or load.result["undelivered"]:
        raise Failed("{refused} sends were refused, {undelivered} were not delivered to all".format(**load.result))
    return load


def _costs(load: Load, count: float) -> Numbers:
    """Processor time for each of so many, in microseconds, and how busy everybody was. Raises Failed for nothing."""
    if not count:
        raise Failed("nothing was done in the time that is measured")
    each = {
        "server_user_us": load.server.user, "server_system_us": load.server.system, "database_us": load.database.total,
    }  # fmt: skip
    costs = {name: seconds * MICRO / count for name, seconds in each.items()}
    busy = {"server_core": load.server_share, "generator_core": load.result["generator_cpu"]}
    # What a whole core would do: on a machine where others work too, this is what can be compared.
    return costs | {"per_core_second": MICRO / max(sum(costs.values()), 1e-3)} | busy


def _times(result: Mapping[str, Any], name: str) -> Numbers:
    return {f"{name}_{share}_ms": result[f"{name}_us"][share] / 1000 for share in ("p50", "p99")}


def sends(count: int, *, client_ids: bool = False) -> Measure:
    """As many people as `count` write, each into a group of ten with one other member online."""

    def measure(job: Job) -> Numbers:
        options = ("--client-ids", "1") if client_ids else ()
        load = _send(job, job.world.groups["sends"][:count], senders=count, online=1, options=options)
        result = load.result
        numbers = {"sends_per_s": result["sends_per_s"], **_times(result, "answer"), **_times(result, "screen")}
        return numbers | _costs(load, result["sends"])

    return measure


def fan_out(members: int, *, window: int = 64) -> Measure:
    """All members are online, one of them writes on sixteen connections: as much as can be delivered.

    One, because with several writers ours also tells at every message how far its sender has read.
    """

    def measure(job: Job) -> Numbers:
        groups = job.world.groups[f"members-{members}"]
        load = _send(job, groups, senders=16, writers=1, online=members, options=("--window", str(window)))
        result = load.result
        costs = _costs(load, result["deliveries"])
        numbers = {
            "deliveries_per_s": result["deliveries_per_s"],
            "events_per_s": result["events_per_s"],
            "sends_per_s": result["sends_per_s"],
            "bytes_per_event": result["bytes"] / (result["events_per_s"] * result["seconds"]),
        }
        return numbers | _times(result, "screen") | costs

    return measure


def last_member(members: int) -> Measure:
    """One message at a time on a server that has nothing else to do, until the last member has it."""

    def measure(job: Job) -> Numbers:
        options = ("--window", "1", "--pause-ms", "20")
        load = _send(job, job.world.groups[f"members-{members}"], senders=1, online=members, options=options)
        return _times(load.result, "screen") | _costs(load, load.result["sends"])

    return measure


def silent_sends(members: int) -> Measure:
    """Sixteen write into one group of which nobody is online: what a member costs who only is one."""

    def measure(job: Job) -> Numbers:
        load = _send(job, job.world.groups[f"members-{members}"], senders=16, online=0)
        numbers = {"sends_per_s": load.result["sends_per_s"], **_times(load.result, "answer")}
        return numbers | _costs(load, load.result["sends"])

    return measure


def idle(sockets: int) -> Measure:
    """Sockets come in, and stay without a word. Weighed against the server that has had sockets before."""

    def measure(job: Job) -> Numbers:
        people = job.world.people()
        few, many = (job.lines(f"sockets-{n}", map(token, people[:n])) for n in (WARMING_SOCKETS, sockets))
        generator.run(job.server, "connects", ["--parallel", "64", "--receivers", few])
        time.sleep(job.effort.settle)
        before = job.server.memory()
        if not sockets:
            return _idle_core(job)
        with generator.started(job.server, "connects", ["--parallel", "64", "--receivers", many]) as load:
            time.sleep(job.effort.settle)
            grown = job.server.memory() - before
            numbers = {
                "connects_per_s": load.result["connects_per_s"],
                "kib_per_socket": grown / 1024 / sockets,
                **_times(load.result, "ready"),
                **_costs(load, sockets),
            }
            return numbers | _idle_core(job)

    return measure


def _idle_core(job: Job) -> Numbers:
    before, began = job.server.cpu(), time.monotonic()
    time.sleep(job.effort.seconds)
    return {"idle_core": (job.server.cpu() - before).total / (time.monotonic() - began)}


def history() -> Measure:
    """Pages of fifty from anywhere in a long conversation, sixteen readers at a time."""

    def measure(job: Job) -> Numbers:
        ((group,),) = job.world.groups.values()
        messages = group.messages
        path = f"/api/v1/messages/conversations/{group.id}/messages?limit={PAGE}&cursor=seq:"
        chance = random.Random(messages)  # the same pages for every server
        cursors = (chance.randint(PAGE + 1, messages) for _ in range(CURSORS))
        return _read(job, (f"{token(chance.choice(group.members))} {path}{cursor}" for cursor in cursors))

    return measure


def conversation_list() -> Measure:
    """The first fifty of the two hundred conversations of twenty people."""

    def measure(job: Job) -> Numbers:
        return _read(job, (f"{token(person)} /api/v1/conversations/?limit={PAGE}" for person in job.world.people()))

    return measure


def _read(job: Job, requests: Iterable[str]) -> Numbers:
    load = job.load("reads", "--parallel", "16", "--requests", job.lines("requests", requests))
    if load.result["refused"]:
        raise Failed("{refused} requests were refused".format(**load.result))
    costs = _costs(load, load.result["reads"])
    size = load.result["bytes"] / load.result["reads"]
    numbers = {"reads_per_s": load.result["reads_per_s"], "bytes_per_read": size}
    return numbers | _times(load.result, "answer") | costs
