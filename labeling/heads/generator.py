"""Conditional generation of vectors: f-VAEGAN-D2, without its second discriminator. Imports torch.

A variational autoencoder and a Wasserstein GAN share the generator; both are conditioned on the
text of the class, and learn from the well-known classes what pictures of a text look like (Xian et
al., Feature generating networks for zero-shot learning, CVPR 2018; f-VAEGAN-D2, CVPR 2019). The
second discriminator serves unlabelled pictures. Rare classes are then drawn from their texts.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

HIDDEN = 256
NOISE = 16
STEPS = 600
CRITIC_STEPS = 3
BATCH = 64
PENALTY = 10.0
ADVERSARIAL = 0.1
RATE = 2e-3


def generate(
    X: NDArray[np.float32], texts: NDArray[np.float32], wanted: NDArray[np.float32], seed: int
) -> NDArray[np.float32]:
    """Return a vector for each wanted text, float32 [m, d], not of length 1.

    Takes 5 to 13 s of one core.

    Args:
        X: vectors to learn from [n, d], n ≥ 1.
        texts: the text vector beside each [n, d].
        wanted: text vectors to draw vectors for [m, d].
        seed: of everything; torch's own state of chance stays as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = Generator(X, texts)
        generator.learn()
        return generator.draw(wanted)


class Generator:
    """Learns to draw vectors like ``X`` [n, d] from the texts [n, d] beside them."""

    def __init__(self, X: NDArray[np.float32], texts: NDArray[np.float32]) -> None:
        width = X.shape[1]
        self._unit = float(np.sqrt(width))  # vectors of length 1 become numbers around 1
        self._X = torch.from_numpy(X) * self._unit
        self._texts = torch.from_numpy(texts) * self._unit
        self._encode = layers(2 * width, 2 * NOISE)
        self._generate = layers(NOISE + width, width)
        self._judge = layers(2 * width, 1)

    def learn(self) -> None:
        """Train encoder and generator against the critic."""
        makers = [*self._encode.parameters(), *self._generate.parameters()]
        maker = torch.optim.Adam(makers, RATE, betas=(0.5, 0.999))
        critic = torch.optim.Adam(self._judge.parameters(), RATE, betas=(0.5, 0.999))
        for _ in range(STEPS):
            for _ in range(CRITIC_STEPS):
                critic.zero_grad()
                self._critic_loss(*self._batch()).backward()
                critic.step()
            maker.zero_grad()
            self._maker_loss(*self._batch()).backward()
            maker.step()

    @torch.no_grad()
    def draw(self, texts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Draw one vector [m, d] for each text [m, d]."""
        made = self._made(torch.randn(len(texts), NOISE), torch.from_numpy(texts) * self._unit)
        return (made / self._unit).numpy()

    def _batch(self) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(self._X), (BATCH,))
        return self._X[rows], self._texts[rows]

    def _made(self, noise: Tensor, texts: Tensor) -> Tensor:
        return texts + self._generate(torch.cat([noise, texts], dim=1))

    def _value(self, X: Tensor, texts: Tensor) -> Tensor:
        return self._judge(torch.cat([X, texts], dim=1))

    def _critic_loss(self, X: Tensor, texts: Tensor) -> Tensor:
        """Wasserstein loss with a gradient penalty (Gulrajani et al., NeurIPS 2017)."""
        made = self._made(torch.randn(len(X), NOISE), texts).detach()
        share = torch.rand(len(X), 1)
        between = (share * X + (1 - share) * made).requires_grad_()
        slope = torch.autograd.grad(self._value(between, texts).sum(), between, create_graph=True)[
            0
        ]
        penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
        apart = self._value(made, texts).mean() - self._value(X, texts).mean()
        return apart + PENALTY * penalty

    def _maker_loss(self, X: Tensor, texts: Tensor) -> Tensor:
        """Reconstruction and divergence of the autoencoder, and what the critic thinks."""
        mean, log_variance = self._encode(torch.cat([X, texts], dim=1)).chunk(2, dim=1)
        noise = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        missed = ((self._made(noise, texts) - X) ** 2).sum(dim=1)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
        judged = self._value(self._made(torch.randn(len(X), NOISE), texts), texts)
        return (0.5 * missed + divergence).mean() - ADVERSARIAL * X.shape[1] * judged.mean()


def layers(given: int, wanted: int) -> nn.Sequential:
    """Two layers with a leaky bend between them."""
    return nn.Sequential(nn.Linear(given, HIDDEN), nn.LeakyReLU(0.2), nn.Linear(HIDDEN, wanted))
