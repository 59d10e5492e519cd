"""`tms verify`: whether an installation loses, doubles, reorders or leaks anything, under faults.

Exit code 0 when every promise was kept, 1 when one was broken, 2 when it could not be found out.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tms_chat.app import open_services
from tms_chat.core.errors import ChatError, StartError
from tms_chat.logs import configure_logs
from tms_chat.settings import Settings, load_settings
from tms_chat.verify.api import Failed
from tms_chat.verify.checker import check
from tms_chat.verify.installation import Installation
from tms_chat.verify.network import Network
from tms_chat.verify.people import erase, make_people, retire
from tms_chat.verify.report import report
from tms_chat.verify.run import MAX_PEOPLE, Kill, Plan, Run, Tell
from tms_chat.verify.verdict import Verdict

#: How long the sessions of the test people last beyond the run itself.
SPARE_SECONDS = 900.0
#: Between two kills of one kind; a short run has one of each.
KILLS_SECONDS = 6.0


def verify(
    *,
    url: Annotated[
        tuple[str, ...], Parameter(help="The server's address; several for the nodes of one installation.")
    ] = (),
    start: Annotated[bool, Parameter(help="Start an installation for this run instead.", negative="")] = False,
    nodes: Annotated[int, Parameter(help="With --start: how many processes (above 1 on PostgreSQL).")] = 1,
    parts: Annotated[
        str, Parameter(name="--with", help="With --start: on servers of its own, postgresql or postgresql,redis.")
    ] = "",
    kill: Annotated[
        bool,
        Parameter(
            help="With --start: kill -9 a node, and what --with started, at random moments, again and again.",
            negative="",
        ),
    ] = False,
    clients: Annotated[int, Parameter(help="How many clients follow.")] = 20,
    senders: Annotated[int, Parameter(help="How many people write.")] = 4,
    seconds: Annotated[float, Parameter(help="How long.")] = 30.0,
    rate: Annotated[float, Parameter(help="Requests a second, of all who write together.")] = 20.0,
    faults: Annotated[float, Parameter(help="Seconds between two cut or stalled connections; 0 for none.")] = 1.0,
    json_file: Annotated[Path | None, Parameter(name="--json", help="Write the verdict here.")] = None,
    keep: Annotated[bool, Parameter(help="Leave the conversation in the database.", negative="")] = False,
) -> int:
    """Prove that nothing is lost: drive test people against an installation under faults, and check its history."""
    kills = min(KILLS_SECONDS, seconds / 4)
    plan = Plan(clients=clients, senders=senders, seconds=seconds, rate=rate, faults=faults, kills=kills)
    try:
        if start and url:
            raise Failed("--start makes an installation of its own: leave out --url.")
        if (kill or parts or nodes != 1) and not start:
            raise Failed("--kill, --nodes and --with are for an installation that this run starts itself: add --start.")
        if not 0 < senders < min(clients, MAX_PEOPLE):
            raise Failed(f"There must be fewer senders than clients, and at most {MAX_PEOPLE - 1}.")
        configure_logs(debug=False)
        with _progress() as tell:
            if start:
                own = Installation(load_settings(), nodes, [part for part in parts.split(",") if part])
                verdict = asyncio.run(_verify_own(own, plan, kill, tell))
            else:
                verdict = asyncio.run(_verify(load_settings(), url, plan, keep, tell, {}))
    except (Failed, StartError) as error:
        print(f"tms: {error}", file=sys.stderr)
        return 2
    except ChatError as error:
        print(f"tms: {error.detail}", file=sys.stderr)
        return 2
    print(report(verdict))
    if json_file is not None:
        json_file.write_text(json.dumps(verdict.as_json(), indent=2, ensure_ascii=False) + "\n")
    return 0 if verdict.is_good else 1


async def _verify_own(own: Installation, plan: Plan, kill: bool, tell: Tell) -> Verdict:
    try:
        tell("starting", 0.0)
        await own.start()
        return await _verify(own.settings, own.nodes, plan, False, tell, own.kills if kill else {})
    finally:
        await own.stop()


async def _verify(
    settings: Settings, nodes: Sequence[str], plan: Plan, keep: bool, tell: Tell, kills: Mapping[str, Kill]
) -> Verdict:
    network = Network([node.rstrip("/") for node in nodes] or [f"http://127.0.0.1:{settings.port}"])
    async with open_services(settings) as services:
        lasting = plan.seconds + plan.quiet + SPARE_SECONDS
        people = await make_people(services.db, settings, services.own_key, plan.people, lasting)
    run = Run(network, people, plan, tell, kills)
    verdict: Verdict | None = None
    try:
        verdict = check(await run())
        verdict.killed = dict(run.killed)
        return verdict
    finally:
        # Opened anew: what was connected may have been killed since.
        async with open_services(settings) as services:
            await retire(services.db, people)
            # What went wrong is there to be looked into.
            if not keep and (verdict is None or verdict.is_good):
                await erase(services.db, people, run.conversation_id)


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar where somebody watches, nothing in a log."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("starting", total=1.0)
        yield lambda phase, share: progress.update(bar, description=phase, completed=share)
