"""Cross entropy from scratch, the largest score taken off."""

from micrograd.engine import Value

logits = [Value(0.0), Value(3.0), Value(-2.0), Value(1.0)]
largest = max(v.data for v in logits)
counts = [(v - largest).exp() for v in logits]
denominator = sum(counts)
probs = [c / denominator for c in counts]
loss = -probs[3].log()
loss.backward()
print(loss.data, *[v.grad for v in logits])
