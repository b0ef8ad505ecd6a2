"""How the encoder is trained: examples, network, training, export. Needs the extra `training` (torch, transformers)."""
