"""Judges a history: pure, so that it can be shown histories with bugs in them and must find and name each.

The numbers are those of docs/SYNC.md: what was acknowledged is stored, once, under the number that was answered; the
journal counts 1, 2, 3 …; each line brings what its person may see, each number once and in order; a screen shows what
a fresh fetch shows; nobody is told anything while they are no member.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from tms_chat.verify.differences import differences
from tms_chat.verify.history import DELETION, EDIT, MESSAGE, WELCOME, Client, History, Line, Send
from tms_chat.verify.verdict import Verdict, spread_of
from tms_chat.verify.windows import Windows, walk, windows_of

CONVERGE_SECONDS: Final = 35.0  # promise I4

NAMES: Final = {
    DELETION: ("deletion", "deletions"),
    EDIT: ("edit", "edits"),
    MESSAGE: ("new message", "new messages"),
    "reaction_added": ("reaction", "reactions"),
    "reaction_removed": ("reaction taken back", "reactions taken back"),
}


def check(history: History) -> Verdict:
    """Everything that is wrong with it, and its figures."""
    verdict = Verdict(
        acknowledged=sum(1 for send in history.sends if send.acknowledged),
        unanswered=sum(1 for send in history.sends if not send.acknowledged),
        stored=len(history.stored),
        events=history.head,
        delivered=sum(len(line.events) for client in history.clients for line in client.lines),
        lines=sum(1 for client in history.clients for line in client.lines if line.is_socket),
    )
    _check_sends(history, verdict)
    _check_changes(history, verdict)
    _check_told(history, verdict)
    _check_journal(history, verdict)
    kinds = _kinds(history)
    windows = {
        client.user_id: windows_of(client.user_id, history.founders, history.journal) for client in history.clients
    }
    _check_lines(history, windows, kinds, verdict)
    _check_steps(history, windows, kinds, verdict)
    _check_screens(history, windows, verdict)
    verdict.latency = spread_of(_latencies(history))
    return verdict


def _check_sends(history: History, verdict: Verdict) -> None:
    by_client_id: dict[str, list[str]] = defaultdict(list)
    for message_id, stored in history.stored.items():
        if stored.client_id is not None:
            by_client_id[stored.client_id].append(message_id)
    lost, renamed, twins, after_refusal = [], [], [], []
    for send in history.sends:
        ids = by_client_id.pop(send.client_id, [])
        if len(ids) > 1:
            twins.append(f"{_send(send)} is there {len(ids)} times")
        good = [answer for answer in send.answers if answer.is_good]
        names = {(answer.message_id, answer.number) for answer in good}
        if len(names) > 1:
            renamed.append(f"{_send(send)} was answered as {_listed(f'number {number}' for _, number in names)}")
        elif good and good[0].message_id not in history.stored:
            lost.append(f"{_send(send)} was answered {good[0].status} as number {good[0].number}")
        elif good and history.stored[good[0].message_id].shown.number != good[0].number:
            number = history.stored[good[0].message_id].shown.number
            renamed.append(f"{_send(send)} was answered as number {good[0].number} and is number {number}")
        # A try that got no answer may have written; one that was refused may not (I8).
        if ids and send.answers and all(400 <= answer.status < 500 for answer in send.answers):
            after_refusal.append(f"{_send(send)} was answered {send.answers[0].status}")
    verdict.find("lost", "Acknowledged messages are not in the history.", lost)
    verdict.find("duplicated", "One client_id made more than one message.", twins)
    verdict.find("duplicated", "The answers to one client_id name different messages or numbers.", renamed)
    verdict.find("unasked", "A refused send was stored.", after_refusal)
    strangers = [f"message {ids[0]}" for ids in by_client_id.values()]
    verdict.find("unasked", "There are messages that nobody sent.", strangers)


def _check_changes(history: History, verdict: Verdict) -> None:
    by_message: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for change in history.changes:
        by_message[change.message_id].append((change.what, change.content, change.is_acknowledged))
    undone, unchanged = [], []
    for message_id, changes in by_message.items():
        stored = history.stored.get(message_id)
        if stored is None:
            continue  # told of as lost
        acknowledged = [index for index, change in enumerate(changes) if change[2]]
        if any(changes[index][0] == DELETION for index in acknowledged):
            if not stored.shown.is_deleted or stored.shown.content:
                undone.append(f"message {stored.shown.number} still says “{stored.shown.content}”")
        elif acknowledged and not stored.shown.is_deleted:
            # What got no answer may have been written, at any time, or not.
            possible = {content for _, content, good in changes if not good} | {changes[acknowledged[-1]][1]}
            if stored.shown.content not in possible:
                unchanged.append(f"message {stored.shown.number} says “{stored.shown.content}”")
    verdict.find("lost", "Acknowledged deletions are not in the history.", undone)
    verdict.find("lost", "Acknowledged edits are not in the history.", unchanged)


def _check_told(history: History, verdict: Verdict) -> None:
    """Whether the journal tells of what was acknowledged: a kind of change that it leaves out is called by its name."""
    told = {(event.what, event.message_id) for event in history.journal}
    for what, message_ids in _happened(history).items():
        # An edit of what was deleted since is told as the deletion.
        untold = {
            message_id
            for message_id in message_ids
            if (what, message_id) not in told and not (what == EDIT and (DELETION, message_id) in told)
        }
        one, many = NAMES[what]
        sentence = f"The journal does not tell of {many} that were acknowledged."
        if untold == message_ids:
            sentence = f"No {one} is told: {many} are skipped, every one of them, in the journal itself."
        numbers = sorted(history.stored[message_id].shown.number for message_id in untold & history.stored.keys())
        verdict.find("gaps", sentence, [f"{one}: message {number}" for number in numbers])


def _happened(history: History) -> dict[str, set[str]]:
    """The messages of which something must be told, by what that is."""
    happened = {MESSAGE: {message_id for message_id, stored in history.stored.items() if stored.client_id is not None}}
    for what in (EDIT, DELETION):
        happened[what] = {
            change.message_id for change in history.changes if change.is_acknowledged and change.what == what
        }
    return happened


def _check_journal(history: History, verdict: Verdict) -> None:
    seqs = [event.seq for event in history.journal]
    there = Counter(seqs)
    holes = [f"number {seq}" for seq in range(1, history.head + 1) if seq not in there]
    verdict.find("gaps", f"The journal has holes: it should count 1 … {history.head:,}.", holes)
    again = [f"number {seq}" for seq, count in there.items() if count > 1]
    verdict.find("duplicated", "The journal has numbers twice.", again)
    late = [f"{later} before {seq}" for later, seq in pairwise(seqs) if later > seq]
    verdict.find("reordered", "The journal is not in the order of its numbers.", late)
    numbers = Counter(stored.shown.number for stored in history.stored.values())
    last = max(numbers, default=0)
    absent = [f"message number {number}" for number in range(1, last + 1) if number not in numbers]
    verdict.find("gaps", f"Message numbers have holes: they should count 1 … {last:,}.", absent)
    shared = [f"message number {number}" for number, count in numbers.items() if count > 1]
    verdict.find("duplicated", "Two messages have one number.", shared)


def _check_lines(history: History, windows: Mapping[str, Windows], kinds: Mapping[int, str], verdict: Verdict) -> None:
    missing: list[tuple[int, str]] = []
    repeated, overtaken, leaked = [], [], []
    for client in history.clients:
        mine = windows[client.user_id]
        for line in client.lines:
            found = walk(line.after, _numbers(line), mine)
            over = "an open connection" if line.is_socket else "catching up"
            missing += [
                (seq, f"number {seq:,} ({_kind(seq, kinds)}) to {client.name}, {over}") for seq in found.missing
            ]
            repeated += [f"number {seq:,} to {client.name}, {over}" for seq in found.repeated]
            overtaken += [f"number {seq:,} came to {client.name} after a later one, {over}" for seq in found.overtaken]
            leaked += [
                f"number {event.seq:,} ({event.what}) to {client.name}, {over}"
                for event in line.events
                if event.seq not in mine
            ]
        leaked += [f"{what} to {client.name}" for what in client.intrusions]
    missing = sorted(dict.fromkeys(missing))  # a gap that is never filled is asked for again and again
    verdict.find("gaps", _left_out(history, [seq for seq, _ in missing], kinds), [text for _, text in missing])
    verdict.find("duplicated", "Events were delivered twice over one connection.", repeated)
    verdict.find("reordered", "Events overtake each other: a later number came before an earlier one.", overtaken)
    verdict.find("leaked", "People who are no members are told what happens in the conversation.", leaked)


def _numbers(line: Line) -> Iterator[int]:
    """Who enters is greeted with the number of their own `member_added`, which may follow and tells nothing new."""
    greeted = 0
    for event in line.events:
        if event.what == WELCOME:
            greeted = event.seq
            yield greeted
        elif event.seq != greeted:
            yield event.seq


def _left_out(history: History, seqs: list[int], kinds: Mapping[int, str]) -> str:
    """The one sentence for what did not come: whether it is one kind of event, and how much of it."""
    if not seqs:
        return ""
    what = {_kind(seq, kinds) for seq in seqs}
    if len(what) > 1:
        return "Events are left out on open connections."
    kind = what.pop()
    one, many = NAMES.get(kind, (kind, kind))
    came = sum(
        1 for client in history.clients for line in client.lines if line.is_socket
        for event in line.events if kinds.get(event.seq) == kind
    )  # fmt: skip
    if came == 0:
        return f"No {one} is delivered: {many} are skipped, every one of them."
    return f"Events are left out: {len(seqs):,} of {came + len(seqs):,} deliveries of {many} did not come."


def _check_steps(history: History, windows: Mapping[str, Windows], kinds: Mapping[int, str], verdict: Verdict) -> None:
    holes, twice, backwards = [], [], []
    for client in history.clients:
        mine = windows[client.user_id]
        for seqs, after in _stretches(client):
            found = walk(after, seqs, mine)
            holes += [f"{client.name} never took number {seq:,} ({_kind(seq, kinds)})" for seq in found.missing]
            twice += [f"{client.name} took number {seq:,} twice" for seq in found.repeated]
            backwards += [f"{client.name} took number {seq:,} after a later one" for seq in found.overtaken]
    verdict.find("gaps", "Clients went on without events that no catching up brought.", holes)
    verdict.find("duplicated", "Clients applied events twice.", twice)
    verdict.find("reordered", "Clients applied events out of order.", backwards)


def _stretches(client: Client) -> Iterable[tuple[list[int], int | None]]:
    """What a screen took between two fetches, and the number the fetch before was true up to."""
    after: int | None = None
    seqs: list[int] = []
    for step in client.steps:
        if step.is_loaded:
            yield seqs, after
            seqs, after = [], step.seq
        else:
            seqs.append(step.seq)
    yield seqs, after


def _check_screens(history: History, windows: Mapping[str, Windows], verdict: Verdict) -> None:
    late, wrong_door = [], []
    told: dict[str, list[str]] = defaultdict(list)
    for client in history.clients:
        belongs = windows[client.user_id].is_open
        if belongs is not (client.fetched is not None):
            wrong_door.append(f"{client.name} {'cannot' if belongs else 'can still'} read the conversation")
        if client.fetched is None or not belongs:
            continue
        if client.converged_after is None:
            late.append(f"{client.name} did not get there")
            continue  # what it does not show yet is no other mistake
        if client.converged_after > CONVERGE_SECONDS:
            late.append(f"{client.name} took {client.converged_after:.1f} s")
        for sentence, example in differences(client.shown, client.fetched):
            told[sentence].append(f"{client.name}: {example}")
    for sentence, examples in told.items():
        verdict.find("diverged", sentence, examples)
    verdict.find("leaked", "The conversation is open to those who left it, or closed to its members.", wrong_door)
    verdict.find("late", f"Clients do not show the end within {CONVERGE_SECONDS:.0f} s of quiet.", late)
    times = [client.converged_after for client in history.clients if client.converged_after is not None]
    verdict.converged = max(times, default=None)


def _kinds(history: History) -> dict[int, str]:
    """What each number was: as it was told live, else as the journal tells it now (an edit of what was deleted since
    looks like the deletion there)."""
    kinds = {event.seq: event.what for event in history.journal}
    for line in _sockets(history):
        for event in line.events:
            if event.what not in (WELCOME, "unseen_change"):
                kinds[event.seq] = event.what
    return kinds


def _kind(seq: int, kinds: Mapping[int, str]) -> str:
    return kinds.get(seq, "nobody was told what")


def _sockets(history: History) -> Iterable[Line]:
    return (line for client in history.clients for line in client.lines if line.is_socket)


def _latencies(history: History) -> list[float]:
    """From when the server wrote a message to when a client showed it, in seconds.

    The server's clock is another one. Each acknowledged first try bounds the difference: the message was written after
    it was asked for and before it was answered. All of them together bound it to milliseconds.
    """
    above, below = [], []
    for send in history.sends:
        answer = send.answers[0] if send.answers else None
        if answer is not None and answer.is_good and answer.message_id in history.stored:
            written = history.stored[answer.message_id].created_at
            above.append(written - answer.at)
            below.append(written - answer.asked_at)
    if not above:
        return []
    offset = (max(above) + min(below)) / 2
    return [
        max(0.0, at - (history.stored[message_id].created_at - offset))
        for client in history.clients
        for message_id, at in client.shown_at.items()
        if message_id in history.stored
    ]


def _send(send: Send) -> str:
    return f"“{send.content}” (client_id {send.client_id})"


def _listed(words: Iterable[str]) -> str:
    return " and ".join(sorted(words))
