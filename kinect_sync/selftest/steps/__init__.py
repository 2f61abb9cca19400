"""The steps of `ksync selftest`: each measures one thing that only a real device can tell, and judges it.

A module holds one `STEP`, and that is all that makes it a step: it is found by being here. Measuring and
judging are apart: a judgement is a pure function of what was measured, which is kept.
"""
