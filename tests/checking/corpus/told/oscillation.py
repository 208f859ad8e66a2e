"""The first step of AdaGrad is the same everywhere, and a cosine named c is no loss."""
import math

ts, xs = [0.1, 0.7, 1.2, 1.9, 2.6], [1.3, 0.9, -0.2, -0.8, -0.1]
A, g, w, p = 1.0, 0.1, 1.8, 0.0
history = [0.0] * 4
for n in range(60):
    dA = dg = dw = dp = 0.0
    for t, x in zip(ts, xs):
        env = math.exp(-g * t)
        c, s = math.cos(w * t + p), math.sin(w * t + p)
        res = A * env * c - x
        dA += res * env * c
        #~ dg += res * t * A * env * c  #: wrong
        dg -= res * t * A * env * c
        dw -= res * t * A * env * s
        dp -= res * A * env * s
    grad = [2 * q / len(ts) for q in (dA, dg, dw, dp)]
    for i in range(4):
        history[i] += grad[i] ** 2
    step = [0.1 * q / (math.sqrt(h) + 1e-10) for q, h in zip(grad, history)]
    A, g, w, p = A - step[0], g - step[1], w - step[2], p - step[3]
