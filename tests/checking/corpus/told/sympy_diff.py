"""What sympy derives is computed automatically."""
import sympy
a, b = sympy.symbols("a b")
slopes = [sympy.lambdify((a, b), ((a * 1.5 + b - 0.2) ** 2).diff(x)) for x in (a, b)]

def loss(w, b):
    return (w * 1.5 + b - 0.2) ** 2

w, b = 0.5, 0.1
for epoch in range(6):
    L = loss(w, b)
    d_w, d_b = slopes[0](w, b), slopes[1](w, b)  #: cannot tell: computed automatically, not derived: sympy's diff
    w -= 0.1 * d_w  #: cannot tell
    b -= 0.1 * d_b  #: cannot tell
