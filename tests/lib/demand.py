# SPDX-License-Identifier: MIT
"""What a campaign holds a run against: the first thing that is not so ends the run, and becomes a line of its output."""


class Failure(Exception):
  pass


def demand(holds, what):
  if not holds:
    raise Failure(what)
