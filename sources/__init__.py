"""The register of who speaks: sources, their names, how they are related. Knows nothing of claims."""
