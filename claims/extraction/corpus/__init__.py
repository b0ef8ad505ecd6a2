"""Stories written for this project, with every statement marked (CC BY 4.0); see README.md."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
