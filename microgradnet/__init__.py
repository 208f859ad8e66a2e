from microgradnet.value import Value
from microgradnet.gradient import *
from microgradnet.ops import FUNCTIONS
from microgradnet.nn import *
from microgradnet.losses import *
from microgradnet.optimizers import *
from microgradnet.training import *
from microgradnet import datasets
globals().update(FUNCTIONS)
