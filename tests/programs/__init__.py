"""Tests of recorded programs and the engines that run them."""
