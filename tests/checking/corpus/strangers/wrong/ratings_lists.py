import random

random.seed(1)
R = [
    [5, 3, 0, 1],
    [4, 0, 0, 1],
    [1, 1, 0, 5],
    [1, 0, 0, 4],
    [0, 1, 5, 4],
]
K = 2
P = [[random.random() for _ in range(K)] for _ in R]
Q = [[random.random() for _ in range(K)] for _ in R[0]]
alpha = 0.02
beta = 0.02


def dot(a, b):
    return sum(s * t for s, t in zip(a, b))


for step in range(300):
    for i in range(len(R)):
        for j in range(len(R[i])):
            if R[i][j] > 0:
                eij = R[i][j] - dot(P[i], Q[j])
                for k in range(K):
                    pu = P[i][k]
                    P[i][k] += alpha * (2 * eij * Q[j][k] - beta * P[i][k])
                    Q[j][k] += alpha * (2 * eij * P[i][k] - beta * Q[j][k])  # wrong: the item update reads the user factor after it was already changed (the saved value pu was meant)

error = sum((r - dot(P[i], Q[j])) ** 2 for i, row in enumerate(R) for j, r in enumerate(row) if r > 0)
print("squared error", round(error, 4))
for p in P:
    print([round(dot(p, q), 2) for q in Q])
