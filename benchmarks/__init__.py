"""What is timed, as ratios taken in one run: ours beside a bare yardstick. ``make bench [NAME=…]``."""
