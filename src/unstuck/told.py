"""An error in words that fit into a message, however odd the error is."""

_MOST = 500  # characters: more than a learner reads, and less than a pipe holds


def told(error: BaseException) -> str:
    """Return "KeyError: 'x'" for an error, or its name where it says nothing.

    A long message is cut, a broken one is left out.
    """
    try:
        text = str(error)[:_MOST]
    except BaseException:  # its class may be the learner's: the text itself may raise
        text = "(its message cannot be shown)"
    said = f"{type(error).__name__[:_MOST]}: {text}" if text else type(error).__name__[:_MOST]
    return said.encode(errors="replace").decode()
