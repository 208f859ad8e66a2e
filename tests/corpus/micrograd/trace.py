"""A notebook's picture: nodes and edges by hand, an operation as a node of its own."""

from graphviz import Digraph
from micrograd.engine import Value

def trace(root):
    nodes, edges = set(), set()
    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)
    build(root)
    return nodes, edges

x, y = Value(2.0), Value(-3.0)
z = x * y + y
z.backward()
nodes, edges = trace(z)
dot = Digraph()
for n in nodes:
    dot.node(str(id(n)), label="{ data %.4f | grad %.4f }" % (n.data, n.grad), shape="record")
    if n._op:
        dot.node(str(id(n)) + n._op, label=n._op)
        dot.edge(str(id(n)) + n._op, str(id(n)))
for a, b in edges:
    dot.edge(str(id(a)), str(id(b)) + b._op)
labels = [line[line.index("["):].strip() for line in dot.source.splitlines() if "[" in line]
print("\n".join(sorted(labels)), dot.source.count("->"))
