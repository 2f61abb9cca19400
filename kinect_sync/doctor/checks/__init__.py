"""The checks of `ksync doctor`: a warning is a risk, an error breaks takes, a note could not be told.

A module holds one `CHECK`, and declares what it can find. That is all that makes it a check: it is found by
being here. How much a finding weighs depends on what was seen; declared is what it weighs mostly.
"""
