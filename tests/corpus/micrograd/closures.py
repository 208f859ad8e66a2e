"""Backpropagation called by hand, closure by closure."""

from micrograd.engine import Value

a, b = Value(2.0), Value(-3.0)
c = a * b
d = c + a
d.grad = 1.0
d._backward()
c._backward()
print(a.grad, b.grad)
