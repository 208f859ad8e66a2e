"""Michaelis-Menten kinetics with substrate inhibition,
v = Vmax * s / (Km + s + s^2 / Ki), relative squared error."""
import math
from collections import namedtuple

Reading = namedtuple("Reading", "s v")
readings = [Reading(0.1, 0.93), Reading(0.2, 1.55), Reading(0.5, 2.62), Reading(1.0, 3.30),
            Reading(2.0, 3.61), Reading(4.0, 3.41), Reading(8.0, 2.72), Reading(16.0, 1.88)]


def velocity(vmax, km, ki, s):
    return vmax * s / (km + s + s * s / ki)


def error(vmax, km, ki):
    return sum(((velocity(vmax, km, ki, r.s) - r.v) / r.v) ** 2 for r in readings)


vmax, km, ki = 3.0, 1.0, 10.0
eps = 0.02
for it in range(3000):
    d_vmax = d_km = d_ki = 0.0
    for r in readings:
        denom = km + r.s + r.s * r.s / ki
        v = vmax * r.s / denom
        dE_dv = 2 * (v - r.v) / r.v ** 2
        dv_dvmax = r.s / denom
        dv_ddenom = -vmax * r.s / denom ** 2
        ddenom_dki = r.s ** 2 / ki ** 2  # wrong: sign
        d_vmax += dE_dv * dv_dvmax
        d_km += dE_dv * dv_ddenom
        d_ki += dE_dv * dv_ddenom * ddenom_dki
    vmax -= eps * d_vmax
    km -= eps * d_km
    ki -= eps * d_ki
    if it % 500 == 0:
        print(it, "error %.6f" % error(vmax, km, ki))

print("Vmax %.3f Km %.3f Ki %.3f" % (vmax, km, ki))
print("best substrate level", math.sqrt(km * ki))
