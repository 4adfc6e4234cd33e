"""What the charts draw with: matplotlib's parts. Not pyplot, which changes global things."""

from unstuck.late_interrupts import import_whole

import_whole("numpy")  # in parts: an interrupt is heard between them
import_whole("matplotlib")
import_whole("matplotlib.axes")
import_whole("matplotlib.backends.backend_agg")  # what writes a PNG: it would be imported then
Figure = import_whole("matplotlib.figure").Figure
fonts = import_whole("matplotlib.font_manager")
patches = import_whole("matplotlib.patches")
ticker = import_whole("matplotlib.ticker")
