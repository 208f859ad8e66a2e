"""How a program runs: each file spells the primitives once more, `build(program)` is its door.

`build` returns an object with `call(numbers)`, `map(shared, rows)`, `mean(shared, rows)` and
`scan(state, rows, epochs)`, which get checked arguments: float64 arrays, `numbers` a list.
"""
