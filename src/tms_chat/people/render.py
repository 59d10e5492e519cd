"""People as JSON, from rows of prepared statements: what `people.schema` makes of the same rows, to the byte."""

import orjson

from tms_chat.db.prepared import Row
from tms_chat.db.types import shown
from tms_chat.people.model import USER_COLUMNS, display_name_of

#: How many of `USER_COLUMNS`, the first ones, a profile shows.
PROFILE_COLUMNS = 12


def me_json(row: Row) -> bytes:
    """`user_answer` with settings, of a row that begins with `USER_COLUMNS`."""
    (
        id_, email, username, first_name, last_name, middle_name, name, image, role, position_title, division,
        department, section, custom_team, is_active, is_leader, last_synced_at, created_at, settings,
    ) = row[: len(USER_COLUMNS)]  # fmt: skip
    return orjson.dumps(
        {
            "id": id_,
            "tmsUserId": id_,
            "email": email,
            "username": username,
            "firstName": first_name,
            "lastName": last_name,
            "middleName": middle_name,
            "name": name,
            "displayName": shown_name(row),
            "image": image,
            "role": role,
            "positionTitle": position_title,
            "division": division,
            "department": department,
            "section": section,
            "customTeam": custom_team,
            "isActive": bool(is_active),
            "isLeader": bool(is_leader),
            "lastSyncedAt": shown(last_synced_at),
            "createdAt": shown(created_at),
            "settings": None if settings is None else orjson.Fragment(settings),
        }
    )


def profile_json(row: Row) -> str:
    """`public_profile` of a row that begins with `USER_COLUMNS`: the same in REST and in events."""
    id_, email, username, first_name, last_name, middle_name, _, image, role, position_title, division, department = (
        row[:PROFILE_COLUMNS]
    )
    return orjson.dumps(
        {
            "id": id_,
            "tms_user_id": id_,
            "email": email,
            "first_name": first_name or "",
            "last_name": last_name or "",
            "middle_name": middle_name or "",
            "username": username or "",
            "name": shown_name(row),
            "image": image or "",
            "role": role,
            "position_title": position_title or "",
            "division": division or "",
            "department": department or "",
        }
    ).decode()


def shown_name(row: Row) -> str:
    """`User.display_name` of the same row."""
    _, email, username, first_name, last_name, _, name = row[:7]
    return display_name_of(name, first_name, last_name, username, email)
