"""What the charts draw with: matplotlib's parts. Not pyplot, which changes global things."""

from unstuck.whole_import import import_whole

for part in ("numpy", "matplotlib", "matplotlib.axes"):  # an interrupt is heard between the parts
    import_whole(part)
import_whole("matplotlib.backends.backend_agg")  # what writes a PNG: it would be imported then
Figure = import_whole("matplotlib.figure").Figure
fonts = import_whole("matplotlib.font_manager")
patches = import_whole("matplotlib.patches")
ticker = import_whole("matplotlib.ticker")
