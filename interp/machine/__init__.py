"""The state of the simulated world, and the loop that executes one thread of it (`interpreter.py`)."""
