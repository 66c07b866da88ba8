"""The edge to modAL: the only module that imports its classes (and so skorch and torch)."""

import numpy as np
from modAL.models import ActiveLearner
from numpy.typing import NDArray
from sklearn.utils import check_X_y


class Learner(ActiveLearner):
    """modAL's ActiveLearner, able to teach beside today's scikit-learn.

    modAL 0.4.2 hands ``force_all_finite`` to ``check_X_y``; scikit-learn 1.8 removed that name, and
    every ``teach`` ended in a TypeError. Only this check is replaced.
    """

    X_training: NDArray[np.floating] | None
    y_training: NDArray[np.integer] | None

    def _add_training_data(self, X: NDArray[np.floating], y: NDArray[np.integer]) -> None:
        check_X_y(X, y, ensure_2d=False, allow_nd=True, multi_output=True, dtype=None)
        if self.X_training is not None and self.y_training is not None:
            X = np.concatenate([self.X_training, X])
            y = np.concatenate([self.y_training, y])
        self.X_training, self.y_training = X, y
