#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program, one of whose descriptors is a pipe that nobody reads any more.

usage: unread.py DESCRIPTOR default|ignored PROGRAM [ARGUMENT]...      what becomes of SIGPIPE (Python itself ignores it)
"""
import os
import signal
import sys

read, write = os.pipe()
os.close(read)
os.dup2(write, int(sys.argv[1]))
signal.signal(signal.SIGPIPE, {"default": signal.SIG_DFL, "ignored": signal.SIG_IGN}[sys.argv[2]])
os.execv(sys.argv[3], sys.argv[3:])
