"""The exact engine: each number a fraction, rounded once at the end."""

from fractions import Fraction

from microgradnet.programs.engines import Engine

SPELLED = {"add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y}


class Exact(Engine):
    def call(self, numbers):
        registers = [Fraction(x) for x in numbers]
        for op, operands in self.program.lines:
            given = [registers[x] if type(x) is int else Fraction(x.value) for x in operands]
            registers.append(SPELLED[op](*given))
        return tuple(
            float(registers[x]) if type(x) is int else x.value for x in self.program.outputs
        )
