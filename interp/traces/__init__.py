"""What was observed of a run: kept (`trace.py`), as lanes (`lanes.py`), saved (`files.py`), compared
(`comparison.py`).

Nothing here draws, and nothing here imports Rich: a trace is plain data.
"""
