"""The `notification` event: to the devices of those who want to be told, as `core.notify` decides, from memory."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from tms_chat.core.clock import now
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Decision, Notice, decide
from tms_chat.notifications.schema import NotificationEvent
from tms_chat.realtime.people import People
from tms_chat.realtime.sessions import Sessions


def notifications(
    sessions: Sessions, people: People, conversation_id: ConversationId, notice: Notice
) -> Iterator[tuple[NotificationEvent, list[str]]]:
    """One event for each decision that is not the same, with the sockets of those it is for."""
    listeners = sessions.listeners(conversation_id)
    candidates = listeners if notice.only is None else listeners & {notice.only}
    for decision, user_ids in _decisions(people, conversation_id, notice, candidates).items():
        event = NotificationEvent(
            conversation_id=conversation_id,
            message_id=notice.message_id,
            actor_id=notice.actor_id,
            **asdict(decision),
        )
        yield event, [session.sid for user_id in user_ids for session in sessions.of(user_id)]


def _decisions(
    people: People, conversation_id: ConversationId, notice: Notice, candidates: Iterable[UserId]
) -> dict[Decision, list[UserId]]:
    at = now()
    found: dict[Decision, list[UserId]] = defaultdict(list)
    for user_id in candidates:
        attention = people.get(user_id)
        if attention is None:  # left at this moment
            continue
        decision = decide(
            notice.kind_for(user_id),
            attention.wishes,
            at,
            is_muted=attention.is_muted(conversation_id, at),
            is_own=user_id == notice.actor_id,
            is_blocked=notice.actor_id in attention.blocked,
        )
        if decision is not None:
            found[decision].append(user_id)
    return found
