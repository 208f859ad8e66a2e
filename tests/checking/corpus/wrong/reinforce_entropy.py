"""REINFORCE on a 1-D corridor.  Linear softmax policy, learned baseline,
entropy bonus.  One surrogate loss per batch of episodes."""
import numpy as np

LENGTH, START, MAXT = 7, 2, 20
N_ACT = 2
GAMMA = 0.95
BETA = 0.02          # entropy weight


def features(s):
    f = np.zeros(LENGTH)
    f[s] = 1.0
    return f


def probs(theta, F):
    z = F @ theta
    z = np.exp(z - z.max(axis=1, keepdims=True))
    return z / z.sum(axis=1, keepdims=True)


def rollout(theta, rng):
    s, S, A, R = START, [], [], []
    for _ in range(MAXT):
        p = probs(theta, features(s)[None])[0]
        a = rng.choice(N_ACT, p=p)
        S.append(features(s)); A.append(a)
        s = s + 1 if a == 1 else s - 1
        if s == LENGTH - 1:
            R.append(1.0); break
        if s == 0:
            R.append(-0.2); break
        R.append(-0.01)
    G, ret = 0.0, []
    for r in reversed(R):
        G = r + GAMMA * G
        ret.append(G)
    return S, A, ret[::-1]


def surrogate(theta, F, A, adv):
    P = probs(theta, F)
    logp = np.log(P[np.arange(len(A)), A])
    H = -(P * np.log(P)).sum(axis=1)
    return -(logp * adv + BETA * H).mean()


def surrogate_grad(theta, F, A, adv):
    P = probs(theta, F)
    dz = P * adv[:, None]
    dz[np.arange(len(A)), A] -= adv
    logP = np.log(P)
    H = -(P * logP).sum(axis=1, keepdims=True)
    dz -= BETA * P * (logP + H)  # wrong: subtracts where it should add: the sign is wrong
    return F.T @ dz / len(A)


def train(iters=60, episodes=10, lr=1.0, seed=0):
    rng = np.random.default_rng(seed)
    theta = np.zeros((LENGTH, N_ACT))
    value = np.zeros(LENGTH)
    for it in range(iters):
        S, A, G = [], [], []
        for _ in range(episodes):
            s, a, g = rollout(theta, rng)
            S += s; A += a; G += g
        F, A, G = np.array(S), np.array(A), np.array(G)
        adv = G - F @ value
        loss = surrogate(theta, F, A, adv)
        theta -= lr * surrogate_grad(theta, F, A, adv)
        value += 0.5 * F.T @ adv / len(A)  # cannot tell: it has a loss of its own
        if it % 10 == 0:
            print(f"it {it:3d}  loss {loss:+.4f}  mean return {G.mean():+.3f}")
    return theta


if __name__ == "__main__":
    theta = train()
    print("P(right):", probs(theta, np.eye(LENGTH))[1:-1, 1].round(2))
