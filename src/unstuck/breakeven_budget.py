"""How long the break-even finder may take, for those who ask for it and do not run it."""

SECONDS = 45  # the default form's; with its beginning and its end it stays below 60
