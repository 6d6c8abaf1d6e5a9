"""Facts to windows of a minute, an hour and a day; holds nothing yet."""
