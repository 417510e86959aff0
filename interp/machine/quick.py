"""The interpretive loop made quick: a code object that runs often becomes one host function, out of the same
declarations.

`interpreter.step` calls a function for each part of an instruction's life; that is easy to read and slow.
Where nobody watches, the bodies of the instructions are pasted together instead, one behind the other, as
CPython 3.12 and newer generate their loop from `Python/bytecodes.c`, and as the copy-and-patch compiler of
3.13 (PEP 744) joins the same pieces for a piece of hot code. What is made of a code object is made once, when
it has become *warm*, and says exactly what `step` would have done: the same values, the same clock, the same
stops.

1. **Blocks.** The code is cut at its *leaders*: where a jump, an exception handler, a return or a switch can
   arrive. From each leader the instructions are pasted one after another up to the next leader. A tree of
   comparisons finds the block that begins at an offset. The function can only be entered at a leader;
   `engine.py` brings a thread there step by step.
2. **Bodies.** A declaration's body is parsed from its source. Its parameters become the variables that the
   instructions before have left their results in: within a block, the top of the operand stack lives in
   variables (the *pending* values), not in the list. `frame.locals` and the like are local variables, too. A
   plain operator on known operands is written as that operator.
3. **The list is right whenever anyone can look.** Before the block is left, before a call, and before an
   instruction that reaches into the stack, the pending values are pushed; and while memory is measured, for
   what stands on the stack counts, too. Where a `try` protects an instruction, the values that its handler
   keeps are pushed before.
4. **The clock.** The costs of the instructions up to the next place where the block may be left are charged
   together, ahead. If an instruction raises, the line of the generated source tells which one it was, and
   what was charged too much is given back.
5. **Switch points.** Behind an instruction that has one under the rule stands `if clock >= bound:` and the
   way out. A rule that counts lets the ticker go down there, too.

`bodies.py` reads the declarations. `python -m interp.machine.quick PROGRAM` prints what is made of each
function of a program.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interp.bytecode import instructions
from interp.bytecode.code import Code, Instruction, Opcode, SwitchPoint
from interp.bytecode.flow import NEVER_FALLS_THROUGH, stack_depths
from interp.language.errors import InterpFault
from interp.machine.bodies import (
    REGISTERS,
    SHARED_REGISTERS,
    SYMBOLS,
    Renaming,
    Symbol,
    always_measures,
    assigned_names,
    body_of,
    measures_memory,
    reaches_into_stack,
    targets_of,
    used_registers,
)
from interp.machine.interpreter import is_of_the_program, opens_block, unwind
from interp.machine.state import Frame
from interp.machine.switch_points import SwitchRule
from interp.machine.thread import Thread

Run = Callable[[Thread, Frame, int], bool]

ABSENT_NAME = "ABSENT"

CHARGE = "CHARGE"
"""Stands where the clock is charged until it is known for how many instructions."""

RELOAD = "RELOAD"
"""Stands where the registers are read again, because another frame of the same code runs now."""

HEAD = """
def run(thread, frame, bound):
{registers}
    clock = thread.clock
    steps = thread.steps
    block = frame.pc
    try:
        while True:
""".strip("\n")

TAIL = """
    except BaseException as error:
        if not is_of_the_program(error):
            raise
        offset, ticks, count = WHERE[error.__traceback__.tb_lineno]
        frame.pc = offset + 1
        {save}
        unwind(thread, error)
        return False
""".strip("\n")


@dataclass(frozen=True, slots=True)
class QuickCode:
    """What was made of a code object: a function, and the offsets at which it can be entered.

    The function executes a thread's frame from a leader on. It returns True at a switch point once the bound
    is passed, False when another frame may be the running one, the thread asks something of the world, or an
    exception was raised.
    """

    run: Run
    leaders: frozenset[int]
    source: str


def make_quick(code: Code, rule: SwitchRule, cost_of: tuple[int, ...]) -> QuickCode:
    """Make the quick form of a code object for a rule of switch points and the costs of the opcodes."""
    maker = QuickMaker(code, rule, cost_of)
    source = maker.source()
    scope: dict[str, Any] = {
        **vars(instructions), "unwind": unwind,
        "is_of_the_program": is_of_the_program, "opens_block": opens_block, "CODE": code, "WHERE": maker.where,
        **maker.constants,
    }  # fmt: skip
    exec(compile(source, f"<quick {code.name}>", "exec"), scope)
    return QuickCode(scope["run"], frozenset(maker.leaders), source)


class QuickMaker:
    """Writes the source of the function for one code object."""

    def __init__(self, code: Code, rule: SwitchRule, cost_of: tuple[int, ...]) -> None:
        self.code = code
        self.rule = rule
        self.cost_of = cost_of
        self.depths = stack_depths(code.name, code.instructions, code.exception_table)
        self.constants: dict[str, Any] = {}
        self.uniform = len(set(cost_of)) == 1
        self.lines: list[str] = []
        self.reload = ""
        self.where: dict[int, tuple[int, int, int]] = {}
        self.temporaries = 0
        self.leaders = self.find_leaders()

    # --- blocks

    def find_leaders(self) -> frozenset[int]:
        """Return the offsets where a block begins: where something else arrives than the instruction
        before."""
        instructions = list(enumerate(self.code.instructions))
        return frozenset(
            {0}
            | {entry.target for entry in self.code.exception_table}
            | {written.operand for _, written in instructions if written.opcode.operand == "target"}
            | {offset + 1 for offset, written in instructions[:-1] if written.opcode.frames}
        )

    def may_switch_after(self, offset: int) -> bool:
        """Whether the rule may have a switch point after the instruction at `offset`."""
        opcode = self.code.instructions[offset].opcode
        if opcode.switch not in self.rule.after:
            return False
        if not self.rule.spares_blocks or opcode.operand == "target":
            return True
        return not any(following.opcode.opens_block for following in self.code.instructions[offset + 1 : offset + 2])

    def source(self) -> str:
        """Return the whole function; `where` then says which instruction each of its lines belongs to."""
        blocks = {leader: Block(self, leader).write() for leader in sorted(self.leaders)}
        text = "\n".join(line for block in blocks.values() for line, *_ in block)
        self.reload = used_registers(REGISTERS, text)
        shared = used_registers(SHARED_REGISTERS, text)
        self.lines.extend(HEAD.format(registers=f"    {self.reload}\n    {shared}").split("\n"))
        self.tree(list(blocks), blocks, "            ")
        self.lines.extend(TAIL.format(save="; ".join(self.saving("clock - ticks", "steps - count"))).split("\n"))
        return "\n".join(self.lines)

    def tree(self, leaders: list[int], blocks: dict[int, list[tuple[str, int, int, int]]], indent: str) -> None:
        """Write the comparisons that find a block, and the blocks."""
        if len(leaders) == 1:
            for text, offset, ticks, count in blocks[leaders[0]]:
                self.lines.append(indent + text.replace(RELOAD, self.reload))
                self.where[len(self.lines)] = (offset, ticks, count)
            return
        middle = len(leaders) // 2
        self.lines.append(f"{indent}if block < {leaders[middle]}:")
        self.tree(leaders[:middle], blocks, indent + "    ")
        self.lines.append(f"{indent}else:")
        self.tree(leaders[middle:], blocks, indent + "    ")

    def saving(self, clock: str, steps: str) -> list[str]:
        """Return the statements that write the clock and the steps back; equal costs make the steps known by
        the clock."""
        if not self.uniform:
            return [f"thread.steps = {steps}", f"thread.clock = {clock}"]
        passed = f"({clock} - thread.clock)"
        cost = self.cost_of[0]
        return [f"thread.steps += {passed if cost == 1 else f'{passed} // {cost}'}", f"thread.clock = {clock}"]

    # --- names

    def temporary(self) -> str:
        """Return the name of a new variable."""
        self.temporaries += 1
        return f"t{self.temporaries}"

    def expression_for(self, kind: str, value: Any) -> ast.expr:
        """Return an expression for what an operand stands for."""
        if kind in ("operator", "comparison") and value in SYMBOLS:
            return ast.Constant(Symbol(SYMBOLS[value]))  # type: ignore[arg-type]
        if kind != "constant" and isinstance(value, int):
            return ast.Constant(value)
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return ast.Name(name, ast.Load())


class Block:
    """Writes one block: lines of source, each with its instruction's offset and what is given back if it
    raises."""

    def __init__(self, maker: QuickMaker, leader: int) -> None:
        self.maker = maker
        self.code = maker.code
        self.rule = maker.rule
        self.offset = leader
        self.in_list = maker.depths[leader]
        self.pending: list[str] = []
        self.written: list[tuple[str, int]] = []
        self.charges: list[int] = []
        self.must_charge = True

    def write(self) -> list[tuple[str, int, int, int]]:
        """Return the block's lines."""
        while True:
            if self.must_charge:
                self.charges.append(self.offset)
                self.add("", CHARGE)
                self.must_charge = False
            self.protect()
            instruction = self.code.instructions[self.offset]
            self.paste(instruction)
            if instruction.opcode in NEVER_FALLS_THROUGH:
                break
            if self.offset + 1 in self.maker.leaders:
                self.flush("")
                self.add("", f"block = {self.offset + 1}", "continue")
                break
            self.offset += 1
        return self.finished()

    def finished(self) -> list[tuple[str, int, int, int]]:
        """Return the lines with the charges filled in: each pays for all instructions up to where the next
        one stands."""
        cost_of = self.maker.cost_of
        starts = self.charges
        ends = [*starts[1:], self.offset + 1]
        lines: list[tuple[str, int, int, int]] = []
        ahead: dict[int, tuple[int, int]] = {}
        for start, end in zip(starts, ends, strict=True):
            ticks = 0
            for offset in range(end - 1, start - 1, -1):
                ahead[offset] = (ticks, end - 1 - offset)
                ticks += cost_of[self.code.instructions[offset].opcode.number]
        for text, offset in self.written:
            ticks, count = ahead[offset]
            if text == CHARGE:
                own = cost_of[self.code.instructions[offset].opcode.number]
                steps = "" if self.maker.uniform else f"; steps += {count + 1}"
                lines.append((f"clock += {ticks + own}{steps}", offset, 0, 0))
            else:
                lines.append((text, offset, ticks, count))
        return lines

    def add(self, indent: str, *texts: str) -> None:
        """Write lines for the present instruction."""
        self.written.extend((indent + line, self.offset) for text in texts for line in text.split("\n"))

    def flush(self, indent: str, keep: int = 0) -> None:
        """Push the pending values but the top `keep`; on a path that is left (`indent`), the bookkeeping
        stays as it is."""
        values = self.pending[: len(self.pending) - keep]
        self.add(indent, *(f"frame_stack.append({value})" for value in values))
        if not indent:
            del self.pending[: len(values)]
            self.in_list += len(values)

    def protect(self) -> None:
        """Push what the handler of this instruction would find on the stack."""
        entry = self.code.handler(self.offset)
        while entry is not None and self.in_list < entry.depth:
            self.add("", f"frame_stack.append({self.pending.pop(0)})")
            self.in_list += 1

    # --- one instruction

    def paste(self, instruction: Instruction) -> None:
        """Write one instruction."""
        opcode = instruction.opcode
        argument = self.code.arguments[self.offset]
        self.add("", f"# {opcode.name}")
        taken = self.take(opcode, instruction.operand)
        if opcode.frames or reaches_into_stack(opcode) or always_measures(opcode):
            self.flush("")
        names: dict[str, ast.expr] = {}
        position = 0
        for name in opcode.inputs:
            if name.endswith("*"):
                part = taken[position : position + instruction.operand]
                names[name[:-1]] = ast.parse(f"({', '.join(part)}{',' if part else ''})", mode="eval").body
                position += instruction.operand
            else:
                names[name] = ast.parse(taken[position], mode="eval").body
                position += 1
        if opcode.operand is not None and opcode.operand in opcode.parameters and opcode.operand not in names:
            names[opcode.operand] = self.maker.expression_for(opcode.operand, argument)
        if opcode.frames:
            self.add("", f"frame.pc = {self.offset + 1}")
        for name in sorted(assigned_names(opcode) & names.keys()):
            variable = self.maker.temporary()
            self.add("", f"{variable} = {ast.unparse(names[name])}")
            names[name] = ast.Name(variable, ast.Load())
        self.paste_statements(opcode, instruction, body_of(opcode), names, "")

    def take(self, opcode: Opcode, operand: int) -> list[str]:
        """Return expressions for the values the instruction takes, the top last."""
        count = opcode.takes(operand)
        known = min(count, len(self.pending))
        taken = self.pending[len(self.pending) - known :]
        del self.pending[len(self.pending) - known :]
        for _ in range(count - known):
            variable = self.maker.temporary()
            self.add("", f"{variable} = frame_stack.pop()")
            taken.insert(0, variable)
            self.in_list -= 1
        return taken

    def paste_statements(
        self,
        opcode: Opcode,
        instruction: Instruction,
        body: tuple[ast.stmt, ...],
        names: dict[str, ast.expr],
        indent: str,
    ) -> None:
        """Write the statements of a body, those of an `if` in it one level further in."""
        jumps = False
        for statement in body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "frame.pc":
                jumps = True
            elif isinstance(statement, ast.Return):
                if indent and not jumps:
                    raise InterpFault(f"The body of {opcode.name} returns early; only a jump may.")
                self.finish(opcode, instruction, statement.value, names, indent, jumps=jumps)
                return
            elif isinstance(statement, ast.If):
                self.add(indent, f"if {self.text(statement.test, names)}:")
                self.paste_statements(opcode, instruction, tuple(statement.body), names, indent + "    ")
            elif isinstance(statement, ast.Raise):
                self.add(indent, self.text(statement, names))
                return
            else:
                for name in targets_of(statement):
                    names.setdefault(name, ast.Name(self.maker.temporary(), ast.Load()))
                shown = self.pending if measures_memory(statement) else []
                self.add(indent, *(f"frame_stack.append({value})" for value in shown))
                self.add(indent, self.text(statement, names))
                if shown:
                    self.add(indent, f"del frame_stack[-{len(shown)}:]")
        if jumps or not indent:
            self.finish(opcode, instruction, None, names, indent, jumps=jumps)

    def text(self, node: ast.AST, names: dict[str, ast.expr]) -> str:
        """Return a part of a body as source, its names replaced."""
        copied = ast.parse(ast.unparse(node))
        return ast.unparse(Renaming(names).visit(copied))

    def finish(
        self,
        opcode: Opcode,
        instruction: Instruction,
        value: ast.expr | None,
        names: dict[str, ast.expr],
        indent: str,
        *,
        jumps: bool,
    ) -> None:
        """Write the end of an instruction: its outputs, the jump, the switch point."""
        outputs = self.outputs(opcode, instruction, value, names)
        may_be_missing = bool(opcode.outputs) and opcode.outputs[-1].endswith("?")
        before = list(self.pending)
        if may_be_missing and outputs[-1] == ABSENT_NAME:
            outputs.pop()
            may_be_missing = False
        variables = [self.assigned(output, indent) for output in outputs]
        last = variables.pop() if may_be_missing and opcode.frames else ""
        self.pending.extend(variables)
        if opcode.frames:
            self.leave_to_engine(opcode, last, indent)
            if not last:
                return
            self.pending.append(last)
        if jumps:
            self.go(opcode, instruction.operand, indent)
            if indent:
                self.pending = before
            return
        self.switch(opcode, names, indent)

    def outputs(
        self, opcode: Opcode, instruction: Instruction, value: ast.expr | None, names: dict[str, ast.expr]
    ) -> list[str]:
        """Return expressions for the values that the instruction leaves."""
        if not opcode.outputs:
            return []
        if value is None:
            raise InterpFault(f"The body of {opcode.name} returns nothing, but declares {opcode.effect}.")
        if opcode.outputs[0].endswith("*"):
            variable = self.maker.temporary()
            self.add("", f"{variable} = {self.text(value, names)}")
            return [f"{variable}[{index}]" for index in range(instruction.operand)]
        if len(opcode.outputs) == 1:
            return [self.text(value, names)]
        if not isinstance(value, ast.Tuple) or len(value.elts) != len(opcode.outputs):
            raise InterpFault(f"The body of {opcode.name} must return its {len(opcode.outputs)} outputs one by one.")
        return [self.text(item, names) for item in value.elts]

    def assigned(self, expression: str, indent: str) -> str:
        """Return a name for the value of an expression; one that is a name already, or a constant, needs no
        other."""
        if expression.isidentifier() and expression[1:].isdecimal():
            return expression
        variable = self.maker.temporary()
        self.add(indent, f"{variable} = {expression}")
        return variable

    # --- ways out

    def leave_to_engine(self, opcode: Opcode, last: str, indent: str) -> None:
        """After an instruction behind which another frame may run: go back to the engine if that is so."""
        inner = indent
        if last:
            self.add(indent, f"if {last} is ABSENT:")
            inner += "    "
            self.flush(inner)
        else:
            self.flush("")
        switches = opcode.switch in self.rule.after and (self.rule.everywhere or opcode.switch is SwitchPoint.RETURN)
        if switches:
            self.save(inner)
            spared = " and not opens_block(thread)" if self.rule.spares_blocks else ""
            if self.rule.counting:
                self.add(inner, f"if thread.request is not None or not frames{spared.replace(' and not', ' or')}:")
                self.add(inner + "    ", "return False")
                self.count(inner)
                self.add(inner, f"return {self.must_stop()}")
            else:
                self.add(inner, f"return clock >= bound and bool(frames){spared}")
        else:
            self.add(inner, "if thread.request is None and frames:")
            self.add(inner + "    ", "frame = frames[-1]", "if frame.code is CODE:")
            self.add(inner + "        ", RELOAD, "block = frame.pc", "continue")
            self.save(inner)
            self.add(inner, "return False")
        self.must_charge = True

    def go(self, opcode: Opcode, target: int, indent: str) -> None:
        """Jump: to a block, or out at the switch point that a jump may have."""
        self.flush(indent)
        following = self.code.instructions[target].opcode
        if opcode.switch in self.rule.after and not (self.rule.spares_blocks and following.opens_block):
            self.count(indent)
            self.add(indent, f"if {self.must_stop()}:")
            self.way_out(indent + "    ", target)
        self.add(indent, f"block = {target}", "continue")
        self.must_charge = True

    def switch(self, opcode: Opcode, names: dict[str, ast.expr], indent: str) -> None:
        """Write the switch point behind an instruction, if the rule has one there."""
        if opcode.switch is SwitchPoint.TAKEN_JUMP and not self.rule.everywhere:
            self.must_charge = True
            return
        if opcode.operand == "target":
            self.must_charge = True
        if not self.maker.may_switch_after(self.offset):
            return
        condition = self.must_stop()
        if opcode.switch is SwitchPoint.CALL and self.rule.specialised_calls:
            loud = f"not getattr({ast.unparse(names['callee'])}, 'quiet', False)"
            if self.rule.counting:
                self.add(indent, f"if {loud}:")
                indent += "    "
            else:
                condition += f" and {loud}"
        self.count(indent)
        self.add(indent, f"if {condition}:")
        self.flush(indent + "    ")
        self.way_out(indent + "    ", self.offset + 1)
        self.must_charge = True

    def count(self, indent: str) -> None:
        """Let the ticker go down, if the rule has one."""
        if self.rule.counting:
            self.add(indent, "memory.ticker -= 1")

    def must_stop(self) -> str:
        """Return the condition under which a thread stops at a switch point."""
        return "clock >= bound or memory.ticker < 0" if self.rule.counting else "clock >= bound"

    def way_out(self, indent: str, offset: int) -> None:
        """Leave the function at a switch point; the stack is in the list already."""
        self.add(indent, f"frame.pc = {offset}")
        self.save(indent)
        self.add(indent, "return True")

    def save(self, indent: str) -> None:
        """Write the clock and the steps back."""
        self.add(indent, *self.maker.saving("clock", "steps"))


def main() -> None:
    """Print what is made of each code object of a program."""
    import sys
    from pathlib import Path

    from interp.bytecode.compiler import compile_program
    from interp.bytecode.instructions import declared_costs
    from interp.language.parser import parse
    from interp.machine.switch_points import SWITCH_RULES

    source = Path(sys.argv[1]).read_text(encoding="utf-8")
    waiting = [compile_program(parse(source, sys.argv[1]), source, sys.argv[1])]
    while waiting:
        code = waiting.pop(0)
        waiting.extend(constant for constant in code.constants if isinstance(constant, Code))
        print(make_quick(code, SWITCH_RULES["calls-and-loops"], declared_costs()).source, end="\n\n")


if __name__ == "__main__":
    main()
