"""The shell: the only place that waits, reads a clock, rolls dice, or touches a disk or a socket."""

from __future__ import annotations

import os

__version__ = "0.1.0"

# One thread of BLAS, decided before numpy is imported anywhere: with more, a 64 x 64 solve can be ten times slower
# and the last bit of a sum depends on how many cores there are.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_variable] = "1"
