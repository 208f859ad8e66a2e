"""Seconds of the processor, at the pace at which the figures of the README were measured.

A limit in plain seconds is one of the machine: an example of 9 s took 21 on a slower one whose
cores were shared. So a fixed piece of plain Python is timed before and after.
"""

import os
import statistics
import time

SECONDS = 0.039  # of one piece, where examples/gpt.py takes the 9 s that it says


class Link:
    __slots__ = ("before", "number")

    def __init__(self, number, before):
        self.number, self.before = number, before


def piece():
    """Objects, numbers and a dict, as in what is timed: 100,000 of each."""
    links = [Link(0.0, None)]
    for k in range(100_000):
        links.append(Link(links[-1].number + k, links[-1]))
    return sum({link: link.number for link in links}.values())


def pace():
    """How many times as long as where the figures were measured a piece takes here and now."""
    start = time.process_time()
    for _ in range(3):
        piece()
    return (time.process_time() - start) / 3 / SECONDS


def timed(work):
    """What `work()` returns, and its seconds, with those of the processes that it waited for."""
    paces, before = [pace()], os.times()
    done = work()
    after = os.times()
    paces.append(pace())
    return done, (sum(after[:4]) - sum(before[:4])) / statistics.mean(paces)
