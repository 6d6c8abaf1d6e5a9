"""Facts to windows of a minute, an hour and a day: a pure function, and what it is fed with."""
