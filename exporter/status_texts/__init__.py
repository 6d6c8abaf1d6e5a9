"""What licence servers say of themselves: the text of their status commands, one module a kind of server. Pure."""
