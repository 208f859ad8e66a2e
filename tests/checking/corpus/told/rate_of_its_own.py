"""A parameter that moves by a rate of its own is not wrong."""
def newton(w, b, x, y_true):
    y_pred = w * x + b
    L = (y_pred - y_true) ** 2
    dL_dw = 2 * (y_pred - y_true) * x  #: right
    dL_db = 2 * (y_pred - y_true)  #: right
    w = w - 0.5 * dL_dw / (2 * x * x)  #: right
    b = b - 0.5 * dL_db / 2  #: cannot tell
