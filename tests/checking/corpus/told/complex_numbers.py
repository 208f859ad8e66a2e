"""Complex numbers are followed: a Fourier transform, a rotation, a wave of single numbers."""
import numpy as np


def filter_forward(u, k):
    n = 2 * len(k)
    uf, kf = np.fft.rfft(u, n), np.fft.rfft(k, n)
    return np.fft.irfft(uf * kf, n)[: len(k)], (uf, kf, n)


def filter_backward(dout, cache):
    uf, kf, n = cache
    df = np.fft.rfft(dout, n)
    #~ du = np.fft.irfft(df * kf, n)[: len(dout)]  #: wrong: uses kf where np.conj(kf) belongs
    du = np.fft.irfft(df * np.conj(kf), n)[: len(dout)]
    #~ dk = np.fft.irfft(df * uf.conj(), n)[-len(dout) :]  #: wrong
    dk = np.fft.irfft(df * uf.conj(), n)[: len(dout)]
    return du, dk


def turned_forward(x, angle):
    z = x[:, 0] + 1j * x[:, 1]
    out = z * np.exp(1j * angle)
    return np.stack([out.real, out.imag], axis=1), (z, angle)


def turned_backward(dout, cache):
    z, angle = cache
    d = dout[:, 0] + 1j * dout[:, 1]
    #~ back = d * np.exp(1j * angle)  #: wrong: angle
    back = d * np.exp(-1j * angle)
    #~ dangle = (d.conj() * z * np.exp(1j * angle)).real  #: wrong
    dangle = (d.conj() * 1j * z * np.exp(1j * angle)).real
    return np.stack([back.real, back.imag], axis=1), dangle


def wave_forward(a, w):
    s = complex(0)
    for k in range(3):
        s = s + a[k] * np.exp(1j * w * k)
    return abs(s) ** 2, (a, w, s)


def wave_backward(dout, cache):
    a, w, s = cache
    da, dw = np.zeros(3), 0.0
    for k in range(3):
        e = np.exp(1j * w * k)
        #~ da[k] = dout * (s.conjugate() * e).real  #: wrong: a factor 2 is missing
        da[k] = 2 * dout * (s.conjugate() * e).real
        #~ dw = dw + 2 * dout * (s.conjugate() * a[k] * e).real  #: wrong
        dw += 2 * dout * (s.conjugate() * 1j * k * a[k] * e).real
    return da, dw


def examples():
    rng = np.random.default_rng(0)
    filter_forward(rng.normal(size=5), rng.normal(size=5))
    turned_forward(rng.normal(size=(4, 2)), rng.normal(size=4))
    wave_forward(rng.normal(size=3), 0.7)


examples()
