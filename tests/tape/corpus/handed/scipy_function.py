import scipy.special
y = scipy.special.expit(0.5)
