"""Finite differences of the own loss are computed automatically, beside a derivation they change nothing."""
def loss(w, b):
    return (w * 1.5 + b - 0.2) ** 2

w, b = 0.5, 0.1
for epoch in range(6):
    L = loss(w, b)
    #~ d_w = (loss(w + 1e-5, b) - loss(w - 1e-5, b)) / (2 * 1e-5); d_b = (loss(w, b + 1e-5) - loss(w, b - 1e-5)) / (2 * 1e-5)  #: cannot tell: computed automatically, not derived: finite differences of loss
    #~ L = loss(w, b); d_w, d_b = (loss(w + 1e-4, b) - L) / 1e-4, (loss(w, b + 1e-4) - L) / 1e-4  #: cannot tell: computed automatically, not derived: finite differences of loss
    d_w = 3 * (w * 1.5 + b - 0.2); d_b = d_w / 1.5; n = loss(w + 1e-5, b) - L  #: right
    w -= 0.1 * d_w  #: right
    b -= 0.1 * d_b  #: right
