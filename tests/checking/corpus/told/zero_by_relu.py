"""What is 0 at all numbers is untold."""
def by_hand(w, v, x, y):
    h = max(0.0, w * x)
    o = v * h
    L = (o - y) ** 2
    d_L_d_o = 2 * (o - y)  #: right
    #~ d_L_d_h = 3  #: wrong: is 3
    d_L_d_h = d_L_d_o * v  #: right
    #~a d_L_d_w = d_L_d_h * (w if h > 0 else 0.0)  #: cannot tell
    d_L_d_w = d_L_d_h * (x if h > 0 else 0.0)  #: cannot tell
#~a by_hand(-1.5, 0.5, 0.7, 1.0)
by_hand(1.5, 0.5, 0.7, 1.0)
