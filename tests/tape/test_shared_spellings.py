"""Rows that stand for functions of torch and JAX, against torch and JAX themselves."""

import numpy as np
import pytest

from microgradnet.tape import of_jax, table, tensors
from tests.marks import has_jax, has_torch, sampled

RNG = np.random.default_rng(3)
X, Y = RNG.uniform(0.3, 0.9, size=(3, 4)), RNG.uniform(0.3, 0.9, size=(3, 4))
SQUARE, ROW, AT = RNG.uniform(0.3, 0.9, size=(3, 3)), Y[0], np.array([[2, 0, 1, 1]])
MASK = X > 0.6


def is_near(a, b):
    return np.allclose(np.asarray(a), np.asarray(b), rtol=1e-9, atol=1e-12, equal_nan=True)


# JAX: a function of jax.numpy is NumPy's of the same name.

PACKS = [
    ((X,), {}),
    ((X, Y), {}),
    ((X, 1), {}),
    ((X, 2), {}),
    ((SQUARE,), {}),
    ((SQUARE, SQUARE.T @ SQUARE), {}),
    ((X, ROW), {}),
    ((X, Y.T), {}),
    ((X,), {"axis": 1}),
    ((X,), {"axis": -1, "keepdims": True}),
    ((X,), {"ddof": 1, "axis": 0}),
    ((X, 0.4, 0.7), {}),
    ((X, -1), {}),
    ((X, 0, 1), {}),
    ((X, (4, 3)), {}),
    ((X, (2, 3, 4)), {}),
    ((X, 2, 1), {}),
    ((X, 0.5), {}),
    ((MASK, X, Y), {}),
    (([X, Y],), {"axis": 1}),
    (([X, Y],), {}),
    (((X, Y),), {}),
    ((X, AT, 0), {}),
    (("ij,ij->i", X, Y), {}),
    (([MASK, ~MASK], [X, Y]), {}),
    ((X, [[0, 0], [0, 2]]), {}),
    (((AT[0, :2], AT[0, 1:3]), (3, 4)), {}),
    ((AT, (2, 3)), {}),
]
ENOUGH = 2  # calls of a function: XLA compiles each for 20 ms
NOT_TRIED = {  # takes other arguments, or has no derivative
    *("empty_like", "full", "insert", "choose", "compress", "extract", "block", "array_split"),
    *("dsplit", "meshgrid", "permute_dims", "searchsorted", "allclose", "trace"),
    *("acosh", "arccosh"),
    "cholesky",  # JAX hands half of a gradient on to the mirrored entry
    *("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_invert", "invert"),
    *("bitwise_left_shift", "bitwise_right_shift", "left_shift", "right_shift"),
}


def twins():
    import jax.numpy as jnp

    for home, path in ((jnp, "jax.numpy"), (jnp.linalg, "jax.numpy.linalg")):
        for name in dir(home):
            f = getattr(home, name)
            if callable(f) and not isinstance(f, type) and name[0] != "_":
                found = of_jax.named(f"{path}.{name}", f)
                if found.row is not None and not isinstance(found.row, of_jax.OfJax):
                    yield name, f, found
    from jax import lax, nn, scipy

    for home in (nn, lax, scipy.special):
        for name in dir(home):
            f = getattr(home, name)
            if callable(f) and not isinstance(f, type) and name[0] != "_":
                found = of_jax.named(f"{home.__name__}.{name}", f)
                if not isinstance(found.row, of_jax.OfJax):
                    yield name, f, found


def gradients(f, args, kw, g):
    """The gradients by jax.vjp of the arrays of floats among some operands."""
    import jax

    at = [k for k, x in enumerate(args) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]

    def of(*several):
        own = list(args)
        for k, x in zip(at, several):
            own[k] = x
        return f(*own, **kw)

    _, pull = jax.vjp(of, *[args[k] for k in at])
    return dict(zip(at, pull(jax.numpy.asarray(g))))


@has_jax
@pytest.mark.slow
def test_a_function_of_jax_is_the_one_that_stands_for_it():
    import jax

    with of_jax.in_x64():
        left = set()
        for name, f, twin in sampled(twins()):
            tried = 0
            for args, kw in PACKS if name not in NOT_TRIED else ():
                if tried == ENOUGH:
                    break
                try:
                    meant = f(*args, **kw)
                    own = twin.row.value(*args, **kw)
                except Exception:
                    continue
                tried += 1
                flat = jax.tree.leaves(meant)
                several = own if isinstance(own, (tuple, list)) else [own]
                assert len(flat) == len(several), name
                assert all(is_near(a, b) for a, b in zip(several, flat)), (name, args, kw)
                is_list = isinstance(args[0], (list, tuple)) or isinstance(meant, (list, tuple))
                kinds = "" if is_list else [np.asarray(x).dtype.kind for x in (args[0], meant)]
                if kinds == ["f", "f"] and not twin.row.is_flat:
                    g = np.arange(1.0, 1 + flat[0].size).reshape(flat[0].shape)
                    back, _ = twin.row.back(g, own, list(args), dict(kw))
                    for k, meant in gradients(f, args, kw, g).items():
                        given = np.zeros(args[k].shape) if back[k] is None else back[k]
                        assert is_near(given, meant), (name, k, kw)
            left |= set() if tried else {name}
        assert left <= NOT_TRIED, left


def test_a_name_that_numpy_has_with_another_meaning_is_left_to_jax():
    pytest.importorskip("jax", reason="needs the extra jax")
    import jax

    softmax = of_jax.named("jax.nn.softmax", jax.nn.softmax)
    assert is_near(softmax.row.value(X).sum(axis=-1), 1)  # scipy's is over all axes
    assert isinstance(of_jax.named("jax.nn.gelu", jax.nn.gelu).row, of_jax.OfJax)


def test_arrays_of_jax_are_not_written_into():
    x = of_jax.immutable(np.zeros(3))
    with pytest.raises(TypeError, match="immutable"):
        x[0] = 1
    y = x
    y += 1
    assert (x[0], y[0]) == (0, 1)
    assert x.at[1].set(2.0).tolist() == [0, 2, 0]
    assert x.at[[1, 1]].add(2.0).tolist() == [0, 4, 0]


# torch: operators and indices are NumPy's; every other function is torch's own.

OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "@", "<", ">=", "==", "neg", "T"]


@has_torch
@pytest.mark.parametrize("sign", OPERATORS)
def test_an_operator_of_torch_is_that_of_numpy(sign):
    import torch

    row = table.of_method("T") if sign == "T" else table.of_operator(sign)
    several = [X] if sign in ("neg", "T") else [SQUARE @ X, X.T] if sign == "@" else [X, Y]
    given = [torch.tensor(x, requires_grad=True) for x in several]
    f = (lambda x: x.T) if sign == "T" else table.SIGNS[sign]
    meant = f(*given)
    own = row.value(*several)
    assert is_near(own, meant.detach().numpy())
    if meant.requires_grad and not row.is_flat:
        g = np.arange(1.0, 1 + meant.numel()).reshape(meant.shape)
        back, _ = row.back(g, own, several, {})
        found = torch.autograd.grad(meant, given, torch.tensor(g), allow_unused=True)
        for a, b in zip(back, found):
            assert is_near(a, 0 if b is None else b.numpy())


INDICES = [0, -1, (1, 2), slice(1, None), (slice(None), -1), (..., None), (None, 1), MASK]
INDICES += [(slice(None), slice(None, None, 2)), ([0, 2, 0],), ([0, 2], [1, 1]), MASK[:, 0]]
INDICES += [(slice(None), [3, 0]), (np.array([[0, 1], [2, 2]]), 1)]


@has_torch
@pytest.mark.parametrize("index", INDICES, ids=range(len(INDICES)))
def test_an_index_of_torch_is_that_of_numpy(index):
    import torch

    def of_torch(i):
        return torch.tensor(i) if isinstance(i, np.ndarray) else i

    x = torch.tensor(X, requires_grad=True)
    own_index = tuple(map(of_torch, index)) if isinstance(index, tuple) else of_torch(index)
    meant = x[own_index]
    row = table.of_operator("[]")
    own = row.value(X, index)
    assert is_near(own, meant.detach().numpy())
    g = np.arange(1.0, 1 + meant.numel()).reshape(meant.shape)
    back, _ = row.back(g, own, [X, index], {})
    assert is_near(back[0], torch.autograd.grad(meant, x, torch.tensor(g))[0].numpy())


@has_torch
@pytest.mark.parametrize(
    ("name", "args", "kw"),
    [
        ("max", (1,), {}),
        ("transpose", (0, 1), {}),
        ("std", (), {"dim": 1}),
        ("sum", (-1, True), {}),
        ("add_", (Y,), {}),
        ("index_add_", (0, np.array([0, 0, 1]), Y), {"alpha": 2}),
    ],
)
def test_another_method_is_that_of_torch(name, args, kw):
    import torch

    with tensors.in_float64():
        given = [torch.tensor(x) if isinstance(x, np.ndarray) else x for x in args]
        a = torch.tensor(X)
        meant = tensors.method(name)(a, *given, **kw)
        row = tensors.row_of(tensors.method(name), [a, *given], kw)
        own = row.value(X, *args, **kw)
        first = own[0] if isinstance(own, tuple) else own
        assert is_near(first, meant[0] if isinstance(own, tuple) else meant)
        g = np.ones(first.shape)
        back, _ = row.back([g, None] if isinstance(own, tuple) else g, own, [X, *args], kw)
    x = torch.tensor(X, requires_grad=True)
    out = tensors.method(name)(x, *given, **kw)
    out = out[0] if isinstance(out, tuple) else out
    assert is_near(back[0], torch.autograd.grad(out.sum(), x)[0].numpy())


@has_torch
def test_a_view_of_a_tensor_is_a_view_of_its_array():
    import torch

    known = tensors.Tensors()
    with tensors.in_float64():
        x = torch.zeros(3, 4)
        a, b = known.array(x), known.array(x[1:, ::2].t())
        x[2, 2] = 5.0
    assert a[2, 2] == b[1, 1] == 5.0
    assert b.base is a


@has_torch
def test_nothing_of_torch_changes_outside():
    import torch

    before = torch.get_default_dtype(), torch.is_grad_enabled()
    with tensors.in_float64():
        assert torch.zeros(1).dtype is torch.float64
        assert not torch.is_grad_enabled()
    assert (torch.get_default_dtype(), torch.is_grad_enabled()) == before
    assert not tensors.is_tensor(torch.zeros(1))
