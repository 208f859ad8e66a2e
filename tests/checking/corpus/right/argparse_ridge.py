#!/usr/bin/env python
import argparse
import numpy as np

ap = argparse.ArgumentParser(description="ridge regression by gradient descent")
ap.add_argument("--n", type=int, default=60)
ap.add_argument("--lr", type=float, default=0.002)
ap.add_argument("--l2", type=float, default=0.5)
ap.add_argument("--iters", type=int, default=200)
ap.add_argument("--seed", type=int, default=0)
args = ap.parse_args()

gen = np.random.default_rng(args.seed)
A = np.column_stack([gen.normal(size=(args.n, 3)), np.ones(args.n)])
beta_true = np.array([1.0, -2.0, 0.5, 3.0])
y = A @ beta_true + 0.2 * gen.normal(size=args.n)

beta = np.zeros(4)
for it in range(args.iters):
    r = y - A @ beta
    sse = r @ r + args.l2 * beta @ beta
    grad = -A.T @ r + args.l2 * beta
    beta -= args.lr * grad
    if it % 50 == 0:
        print(f"iter {it:4d}  objective {sse:.4f}")
print("beta:", beta.round(3))
