"""Check a backward pass with its forward pass.

In reading order: backward.py (check_backward), both_calls.py (the two calls), given.py (what they
are given), returned.py (what they give), pairing.py (which gradient belongs to which argument),
slopes.py (derivatives without an upstream gradient), judge.py (the rows), other_shapes.py (other
sizes and indices), functions.py (Functions of torch, custom_vjp of JAX).
"""
