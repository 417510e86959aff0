"""The commands, a file each; `cli.py` parses the arguments and calls one function of one of them.

Beside the commands: `options.py` has the options that most of them share, `inputs.py` finds the program that
an argument means, `outputs.py` is what they print with, and `progress.py` tells a person who waits how far a
run has come. What draws is imported only where something is drawn, so that `interp run` starts quickly.
"""
