"""Ports of this machine, as a test asks for them."""

from unstuck.listeners import listen


def port_of(url: str) -> int:
    """Return the port in an address such as http://127.0.0.1:8000."""
    return int(url.rsplit(":", 1)[1])


def is_free(port: int) -> bool:
    """Say whether a server could have this port now."""
    try:
        listen(port).close()
    except OSError:
        return False
    return True
