"""The instruction set; from a syntax tree to code objects, and from code objects to a listing.

The rooms, in the order in which to read them:

- `code.py`: what the compiler makes, code objects with their places and exception tables.
- `instructions.py`: **the instruction set**, each opcode declared once; `operands.py` and `operators.py` say
  what operands mean.
- `compiler.py`: statements to instructions, and `compile_program`, the way in; `expressions.py` does
  expressions, `scopes.py` names, `folding.py` constants, `blocks.py` the ways out of loops and `try`.
- `assembler.py`: labels, depths and protected stretches; `flow.py` checks the stack on every path.
- `disassembler.py`: the listing; `reference.py`: the page `docs/opcodes.md`.
"""
