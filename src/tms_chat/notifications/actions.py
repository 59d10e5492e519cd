"""Changing what one wants to be told of."""

from tms_chat.core.clock import now
from tms_chat.core.events import Personal
from tms_chat.db.engine import Database
from tms_chat.notifications.model import notification_preferences
from tms_chat.notifications.queries import PREFERENCES_COLUMNS, default_preferences, get_preferences
from tms_chat.notifications.schema import Preferences, PreferencesRequest
from tms_chat.people.model import User

CLEARABLE = ("dnd_start", "dnd_end")  # null means something only here


async def set_preferences(db: Database, user: User, request: PreferencesRequest) -> Preferences:
    """The preferences with these changes; told to the person's other devices.

    One statement, whether there is a row or not: two devices that change different things at once lose neither.
    """
    given = request.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name in CLEARABLE}
    if not changes:
        return await get_preferences(db, user)
    changes["updated_at"] = now()
    async with db.unit() as unit:
        values = dict(default_preferences(user)) | changes
        upsert = unit.insert(notification_preferences).values(values)
        upsert = upsert.on_conflict_do_update(index_elements=["user_id"], set_=changes)
        row = (await unit.execute(upsert.returning(*PREFERENCES_COLUMNS))).one()
        preferences = Preferences(**row._mapping)
        unit.announce(Personal("preferences_updated", user.id, preferences.event()))
    return preferences
