"""Pictures and tables for a terminal, drawn with Rich: looks at traces, never changes a run.

Imported only where something is drawn, so that running a program does not load Rich. Begin with `timeline.py`.
"""
