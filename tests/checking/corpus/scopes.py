"""The names that there are where edits are made, with their shapes, for edits.txt."""

from microgradnet.checking.mending.edits import Scope

SHAPES = {
    **{"X": (6, 3), "Y": (6, 2), "P": (6, 2), "W1": (3, 4), "W2": (4, 2), "b1": (4,), "b2": (2,)},
    **{"Z1": (6, 4), "H": (6, 4), "dH": (6, 4), "dZ1": (6, 4), "dZ2": (6, 2), "dW1": (3, 4)},
    **{"db1": (4,), "Q": (4, 4), "m": (), "t": (), "lr": (), "reg": (), "hs": None},
}
NET = Scope(
    SHAPES, ["sigmoid({})", "deriv_sigmoid({})"], [6, 2], named={"m": 6}, before={"H": "Z1"}
)
MOVING = Scope(SHAPES, [], [6, 2], moves=True)
NUMBERS = Scope(
    dict.fromkeys(
        [
            *("x[0]", "x[1]", "self.w1", "self.w2", "self.w5", "self.w6", "h1", "h2", "sum_h1"),
            *("sum_h2", "sum_o1", "y_true", "y_pred"),
        ],
        (),
    ),
    ["sigmoid({})", "deriv_sigmoid({})"],
    before={"h1": "sum_h1", "h2": "sum_h2"},
)
LAYER = Scope(
    {
        **{"dout": (6, 4), "x": (6, 4), "xhat": (6, 4), "dxhat": (6, 4), "s": (6, 4), "d": (6, 4)},
        **{"gamma": (4,), "std": (4,), "N": (), "D": (), "scale": (), "dz": None},
        **{"cos": (6, 4), "sin": (6, 4), "idx": (5,), "W": (9, 4), "dW": (9, 4), "q": (2, 5, 3)},
        **{"k": (2, 5, 3), "dscores": (2, 5, 5), "i": (), "j": (), "dout[t]": (4,), "weight": (4,)},
        **{"mask": (6,), "c.s": (6, 4), "dx": (6, 4), "h_bar": (6, 4)},
    },
    [],
    [6, 4],
    counts=["N"],
    masks=["mask"],
    around={"s": ["np.tanh(s)"]},
    indices=[":, i * N:i * N + 2"],
    axes=["(2, 3, 4)"],
    lengths=["(hi - lo)"],
)
LOOP = Scope(
    {
        **{"t": (), "inputs": None, "targets": None, "hs": None, "Whh": (3, 3), "dhraw": (3, 1)},
        **{"dh": (3, 1), "dhnext": (3, 1), "dy": (4, 1), "Why": (4, 3), "dbh": (3, 1)},
        **{"grads['b1']": (4,), "grads['W1']": (3, 4), "delta": (3, 1), "zs": None, "k": ()},
        **{"activations": None, "sp": (3, 1), "network": None, "layer": ()},
    },
    ["sigmoid({})", "sigmoid_prime({})", "self.slope({}, True)"],
    [6],
)
LETTERS = Scope({"ü": (), "x": (), "β": ()})
INDICES = Scope({"i": (), "j": (), "size": (), "x": (9,), "d": (9,)})
COUNTED = Scope(
    {
        **{"m": (), "H": (), "k": (), "lo": (), "hi": (), "dil": (), "r": (6, 4)},
        **{"dx": (6, 4), "share": (6, 4), "s": (6, 4), "dn": (6, 4), "dz": (6, 4)},
    },
    counts=["m", "H", "k", "dil"],
    lengths=["(hi - lo)"],
    items={"states[t]": (6, 4)},
)
EDGES = Scope(
    {"dout": (4, 2), "a": (5,), "b": (5,), "v": (2, 4), "x": (4, 2), "mask": (4, 4), "keep": ()},
    sizes=[4, 5],
    named={"keep": 5},
    factors=["mask / keep"],
)
