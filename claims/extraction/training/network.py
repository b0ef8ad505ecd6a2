"""The network: an encoder once per window, a cue tagger on it, and a light second stage that reads a cue's arguments.

Cue first and arguments for each cue, since a flat tag sequence cannot say that one source serves two cues or that
contents overlap (Pareti 2015; Newell et al. 2018). The second stage sees the words as the encoder left them, where
they stand from the cue, and how the rules read the same cue. Its labels are decoded by a linear chain (Lafferty et
al. 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import BertModel

from claims.extraction.decoding import PLACES
from claims.extraction.windows import FEATURES, NO_DRAFT

ROLES = 3
TAGS = 3
STANCES = 7


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network; `layers` of the base encoder are used."""

    layers: int = 3
    width: int = 384
    narrow: int = 192
    heads: int = 4
    depth: int = 2


class Encoder(nn.Module):
    """Pieces and features of windows → narrow word vectors and cue logits.

    `ids`, `mask`, `features`: (windows, pieces); `first`: (windows, words) the first piece of each word.
    """

    def __init__(self, base: BertModel, shape: Shape) -> None:
        super().__init__()
        self.base = base
        self.features = nn.Embedding(FEATURES, shape.width)
        nn.init.zeros_(self.features.weight)
        self.narrow = nn.Linear(shape.width, shape.narrow)
        self.tags = nn.Linear(shape.width, TAGS)
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: Tensor, mask: Tensor, features: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        embedded = self.base.embeddings.word_embeddings(ids) + self.features(features)
        hidden = self.base(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        words = torch.gather(hidden, 1, first.unsqueeze(-1).expand(-1, -1, hidden.shape[-1]))
        words = self.dropout(words)
        return self.narrow(words), self.tags(words)


class Arguments(nn.Module):
    """The words of a cue's window → roles of each word, whether it is a cue at all, and its stance.

    `words`: (cues, words, narrow); `places`: (cues, words) where a word stands from the cue; `drafts`: (cues, words)
    its role by the rules; `inside`: (cues, words) 1/n for each of the n words of the cue; `mask`: (cues, words).
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.places = nn.Embedding(PLACES, shape.narrow)
        self.drafts = nn.Embedding(NO_DRAFT + 1, shape.narrow)
        self.cue = nn.Linear(shape.narrow, shape.narrow)
        self.norm = nn.LayerNorm(shape.narrow)
        self.layers = nn.ModuleList([Layer(shape.narrow, shape.heads) for _ in range(shape.depth)])
        self.roles = nn.Linear(shape.narrow, ROLES)
        self.real = nn.Linear(shape.narrow, 1)
        self.stance = nn.Linear(shape.narrow, STANCES)

    def forward(
        self, words: Tensor, places: Tensor, drafts: Tensor, inside: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        cue = torch.bmm(inside.unsqueeze(1), words)
        x = self.norm(words + self.places(places) + self.drafts(drafts) + self.cue(cue))
        bias = ((1.0 - mask.to(x.dtype)) * -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        pooled = torch.bmm(inside.unsqueeze(1).to(x.dtype), x).squeeze(1)
        return self.roles(x), self.real(pooled).squeeze(-1), self.stance(pooled)


class Layer(nn.Module):
    """A transformer layer (Vaswani et al. 2017), written out so that it exports to plain operators."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attend = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.grow = nn.Linear(width, 2 * width)
        self.shrink = nn.Linear(2 * width, width)
        self.first = nn.LayerNorm(width)
        self.second = nn.LayerNorm(width)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        rows, length, width = x.shape
        q, k, v = self.attend(x).reshape(rows, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + bias, dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(rows, length, width)
        x = self.first(x + self.dropout(self.out(mixed)))
        return self.second(x + self.dropout(self.shrink(nn.functional.gelu(self.grow(x)))))


class Chain(nn.Module):
    """A linear-chain conditional random field over the roles."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.Parameter(torch.zeros(ROLES, ROLES))
        self.starts = nn.Parameter(torch.zeros(ROLES))

    def loss(self, logits: Tensor, roles: Tensor, mask: Tensor) -> Tensor:
        """Negative log-likelihood of each row; the mask has no holes."""
        logits = logits.float()
        score = self.starts + logits[:, 0]
        gold = self.starts[roles[:, 0]] + logits[:, 0].gather(1, roles[:, :1]).squeeze(1)
        for k in range(1, logits.shape[1]):
            there = mask[:, k].bool()
            step = torch.logsumexp(score.unsqueeze(2) + self.steps, dim=1) + logits[:, k]
            score = torch.where(there.unsqueeze(1), step, score)
            here = self.steps[roles[:, k - 1], roles[:, k]] + logits[:, k].gather(1, roles[:, k : k + 1]).squeeze(1)
            gold = gold + torch.where(there, here, torch.zeros_like(here))
        return torch.logsumexp(score, dim=1) - gold


class Network(nn.Module):
    def __init__(self, base: BertModel, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(base, shape)
        self.arguments = Arguments(shape)
        self.chain = Chain()
