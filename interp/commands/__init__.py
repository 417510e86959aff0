"""The commands, a file each, and what they share.

`parser.py` is the command line, and calls one function of one command. `endings.py` turns every end into an exit
status. `options.py` has the options that most commands share, `inputs.py` finds the program that an argument
means, `outputs.py` is what they print with, and `progress.py` tells a person who waits how far a run has come.
What draws is imported only where something is drawn, so that `interp run` starts quickly.
"""
