"""What each event does to a message or a conversation that a client holds, in the shortest form."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def _edited(message: Json, body: Json) -> None:
    told = ("content", "metadata_json", "is_edited", "updated_at", "deleted_at")
    message.update({key: body[key] for key in told})
    if body["deleted_at"] is not None:
        message.update(reactions=[], poll=None)


def _reacted(message: Json, body: Json) -> None:
    said = body["reaction"]
    others = [reaction for reaction in message["reactions"] if reaction["user_id"] != said["user_id"]]
    message["reactions"] = [*others, said]


def _took_back(message: Json, body: Json) -> None:
    message["reactions"] = [reaction for reaction in message["reactions"] if reaction["user_id"] != body["user_id"]]


def _previewed(message: Json, body: Json) -> None:
    message["metadata_json"] = body["metadata_json"]


def _unchanged(message: Json, body: Json) -> None:
    """A quote shows no reactions."""


# What an event does to the message it is about, and to the quotes of it.
CHANGES = {
    "message_edited": _edited,
    "reaction_added": _reacted,
    "reaction_removed": _took_back,
    "link_preview": _previewed,
}
QUOTED = CHANGES | {"reaction_added": _unchanged, "reaction_removed": _unchanged}


def own_votes(poll: Json, me: str) -> Json:
    """An event shows nobody's own votes: one finds oneself among the voters."""
    return poll | {"userVotes": [option["id"] for option in poll["options"] if me in option["voters"]]}


def with_members(conversation: Json, body: Json) -> Json:
    """Those who were added; they themselves know the group with them already."""
    new = {"last_read_at": None, "is_muted": False, "mute_until": None, "joined_at": body["timestamp"]}
    there = {member["user_id"]: member for member in conversation["members"]}
    for added in body["added_members"]:
        there.setdefault(added["user_id"], {key: added[key] for key in ("user_id", "role", "user")} | new)
    members = sorted(there.values(), key=lambda member: (member["joined_at"], member["user_id"]))
    return conversation | {"members": members, "member_count": body["member_count"]}


def without_member(conversation: Json, body: Json, user_id: str) -> Json:
    """Somebody else left or was removed."""
    members = [member for member in conversation["members"] if member["user_id"] != user_id]
    return conversation | {"members": members, "member_count": body["member_count"]}


def _updated(conversation: Json, body: Json) -> Json:
    return conversation | {
        "name": body["name"],
        "display_name": body["conversation_name"],
        "avatar_url": body["avatar_url"],
    }


def _with_role(conversation: Json, body: Json) -> Json:
    members = [
        member | ({"role": body["role"]} if member["user_id"] == body["user_id"] else {})
        for member in conversation["members"]
    ]
    return conversation | {"members": members}


GROUP = {"conversation_updated": _updated, "member_updated": _with_role}
#: The field that says who is out.
ENDS = {"member_removed": "removed_user_id", "member_left": "user_id"}
POLL = {"poll_vote_added", "poll_closed"}
#: What a command over the socket may be answered while others change who may do it.
REFUSALS = {"conversation_not_found", "message_not_found", "not_deliverable", "forbidden"}
