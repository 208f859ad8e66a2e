"""Check a backward pass with its forward pass.

In reading order: backward.py (check_backward), both_calls.py (the two calls), pairing.py (which
gradient belongs to which argument), other_shapes.py (other sizes and indices), functions.py
(Functions of torch, custom_vjp of JAX).
"""
