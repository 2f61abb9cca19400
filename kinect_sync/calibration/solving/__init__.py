"""From views of a board to where the cameras are: arithmetic on numbers and arrays.

`choosing.choose_pulses` says which pulses to solve on, `solver.solve` where the cameras are, and
`judging.judge` how good that is and what is wrong.
"""
