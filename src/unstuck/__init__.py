"""Unstuck: feel and measure why an event loop stops on CPU work, and try every way out.

Each child process imports this file, so it holds its version and nothing else.
"""

__version__ = "0.1.0"
