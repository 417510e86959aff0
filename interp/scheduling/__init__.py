"""Virtual time, cores, the global lock: who runs next and for how long. `simulate.py` makes a run of it all."""
