"""Compile LLVM text, where each primitive is an instruction or a call, on numbers or vectors."""

from __future__ import annotations

import ctypes
import functools
import itertools
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

import llvmlite.binding as llvm

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines.native.code import SPELLED, Kind
from microgradnet.programs.engines.native.elementary import FUNCTIONS, vector_function

# Python's math module calls the C library for these; for hypot it has its own algorithm.
LIBRARY = ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "tanh", "pow", "atan2")


def definitions(kind: Kind, ops: Iterable[str]) -> str:
    """Return declarations of the functions that primitives call, and definitions for vectors."""
    text = [_instructions(kind)]
    for op in sorted(set(ops)):
        if op in SPELLED and op != "pow":
            continue
        arguments = ", ".join(["double"] * OPS[op].arity)
        name = _known(op, exact=kind.lanes == 1)
        text.append(f"declare double @{name}({arguments}) memory(none) nounwind")
        if op in FUNCTIONS and kind.lanes > 1 and _has_fma():
            text.append(vector_function(kind, op, FUNCTIONS[op]))
        elif kind.lanes > 1:
            text.append(_by_lane(kind, op, name))
    return "\n".join(text)


def _instructions(kind: Kind) -> str:
    """Return declarations of the intrinsics that primitives and functions of vectors call."""
    n = kind.lanes
    found = [
        f"declare {kind.type} @llvm.{name}.{kind.name}({', '.join([kind.type] * operands)})"
        for name, operands in {"fabs": 1, "sqrt": 1, "copysign": 2, "fma": 3}.items()
    ]
    if n == 1:
        return "\n".join([*found, "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"])
    gather = f"@llvm.masked.gather.{kind.name}.v{n}p0(<{n} x ptr>, i32, <{n} x i1>, {kind.type})"
    return "\n".join([*found, f"declare {kind.type} {gather}"])


def _has_fma() -> bool:
    return bool(llvm.get_host_cpu_features().get("fma")) or "aarch64" in llvm.get_process_triple()


def _by_lane(kind: Kind, op: str, name: str) -> str:
    """Return a function of vectors that calls a function of numbers for each lane."""
    arity = OPS[op].arity
    lines, result = [], "poison"
    for i in range(kind.lanes):
        lines += [f"%x{j}.{i} = extractelement {kind.type} %x{j}, i64 {i}" for j in range(arity)]
        given = ", ".join(f"double %x{j}.{i}" for j in range(arity))
        lines.append(f"%y{i} = call double @{name}({given})")
        lines.append(f"%r{i} = insertelement {kind.type} {result}, double %y{i}, i64 {i}")
        result = f"%r{i}"
    body = "\n  ".join([*lines, f"ret {kind.type} {result}"])
    parameters = ", ".join(f"{kind.type} %x{j}" for j in range(arity))
    return f"define internal {kind.type} @{op}.{kind.name}({parameters}) {{\n  {body}\n}}"


_names: dict[tuple[str, bool], str] = {}
_callbacks: list[Callable[..., float]] = []  # kept alive as long as the process


def _known(op: str, exact: bool) -> str:
    """Make a primitive's function known to machine code, and return its name there.

    The name is our own, since LLVM rewrites calls of functions it knows, such as pow(x, 0.5). Where
    the C library differs from Python in the last bit, machine code calls Python; if not exact, the
    C library's result is good enough.
    """
    if (op, exact) not in _names:
        name = f"{op}.f64" if exact else f"{op}.near"
        address = _c_function(op, exact) or _callback(OPS[op].value, OPS[op].arity)
        llvm.add_symbol(name, address)
        _names[op, exact] = name
    return _names[op, exact]


INF = float("inf")
SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.5, 0.5, 800.0, -800.0, 1e300, 5e-324, 1e-9, INF, -INF, INF - INF)


def _c_function(op: str, exact: bool) -> int:
    """Return the address of the C library's function, or 0 if its results may differ."""
    if exact and op not in LIBRARY:
        return 0
    row = OPS[op]
    try:
        found = getattr(ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None), op)
    except (OSError, AttributeError):
        return 0
    found.restype, found.argtypes = ctypes.c_double, [ctypes.c_double] * row.arity
    points = [*row.points(), *itertools.product(SPECIAL, repeat=row.arity)]
    if any(_bits(row.value(*x)) != _bits(found(*x)) for x in points if exact):
        return 0
    return ctypes.cast(found, ctypes.c_void_p).value or 0


def _bits(x: float) -> bytes:
    return struct.pack("d", x if x == x else INF - INF)


def _callback(value: Callable[..., float], arity: int) -> int:
    made = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)(value)
    _callbacks.append(made)
    return ctypes.cast(made, ctypes.c_void_p).value or 0


def address(array: Any) -> int:
    """Return the address of a NumPy array's numbers; in 0.3 us instead of 1 by `array.ctypes`."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    except (TypeError, ValueError):  # read-only, empty or with gaps
        found: int = array.ctypes.data
        return found


Function = Callable[..., None]

KEPT = 16  # compiled functions; the next program often equals an earlier one
_one_at_a_time = threading.RLock()  # so that threads compile the same function once


def compiled(text: str, name: str, arguments: str, simplify: bool = False) -> Function:
    """Compile a module of LLVM text and return one function; the code is freed with it.

    arguments: p for the address of an array, i for a whole number. simplify: run LLVM's passes,
    for loops; straight-line programs are simplified already.
    """
    with _one_at_a_time:
        return _compiled(text, name, arguments, simplify)


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2
    )


@functools.cache
def _passes() -> tuple[Any, Any, Any]:
    """Return the passes that inline and promote slots, those that simplify, and their builder.

    They are made once, since 20 KB of each are never freed. Running all passes takes twice the
    time, for code that is 5 % faster.
    """
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    builder = llvm.create_pass_builder(_machine(), options)
    first = llvm.create_new_module_pass_manager()
    first.add_always_inliner_pass()
    first.add_sroa_pass()
    return first, builder.getFunctionPassManager(), builder


@functools.lru_cache(maxsize=KEPT)
def _compiled(text: str, name: str, arguments: str, simplify: bool) -> Function:
    machine = _machine()
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = llvm.get_process_triple(), str(machine.target_data)
    first, passes, builder = _passes()
    first.run(module, builder)
    for defined in module.functions:
        if simplify and not defined.is_declaration:
            passes.run(defined, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    types = {"p": ctypes.c_void_p, "i": ctypes.c_int64}
    prototype = ctypes.CFUNCTYPE(None, *[types[x] for x in arguments])
    function = prototype(engine.get_function_address(name))
    function.code = engine  # type: ignore[attr-defined]  # keeps the code alive
    return function
