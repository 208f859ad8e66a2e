"""What is only called an error makes no right move wrong."""
bias, P, Q = [0.1, -0.2], [[0.3, 0.5], [0.2, -0.4]], [[0.7, -0.1], [0.6, 0.9]]
ratings = [(0, 0, 1.0), (1, 1, 2.0), (0, 1, -1.0)]
for _ in range(20):
    for i, j, r in ratings:
        e = r - (bias[i] + sum(p * q for p, q in zip(P[i], Q[j])))
        bias[i] += 0.1 * (e - 0.02 * bias[i])
        for k in range(2):
            p, q = P[i][k], Q[j][k]
            P[i][k] += 0.1 * (e * q - 0.02 * p)
            Q[j][k] += 0.1 * (e * p - 0.02 * q)
