"""Who wants to be told of what: preferences, mute, do-not-disturb."""
