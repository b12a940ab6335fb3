# SPDX-License-Identifier: MIT
"""LTTng-UST, where it is installed: a session of the bench's own, with 8 buffers of 1 MiB a CPU."""
import os
import shutil
import subprocess
import tempfile


class Lttng:
  """A session daemon and a session of our own, in a directory that goes with them."""

  def __init__(self):
    self.home = tempfile.mkdtemp(prefix="wscheck-lttng.")
    self.environment = dict(os.environ, LTTNG_HOME=self.home, LTTNG_UST_REGISTER_TIMEOUT="5000")
    self.trace = os.path.join(self.home, "trace")
    self.daemon = None

  def run(self, *arguments):
    return subprocess.run(("lttng", *arguments), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60).returncode == 0

  def start(self, event, *channel_options):
    """Whether that event is recorded from now on."""
    if not shutil.which("lttng") or not shutil.which("lttng-sessiond"):
      return False
    self.daemon = subprocess.Popen(("lttng-sessiond", "--no-kernel", "--quiet"), env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    name = "wscheck-bench"
    for _ in range(50):
      if self.run("create", name, "--output=" + self.trace):
        break
      if self.daemon.poll() is not None:
        return False
    return (self.run("enable-channel", "--userspace", "--subbuf-size=1M", "--num-subbuf=8", *channel_options,
                     "channel")
            and self.run("enable-event", "--userspace", "--channel=channel", event)
            and self.run("start"))

  def stop(self):
    if self.daemon is not None:
      self.run("destroy", "--all")
      self.daemon.terminate()
      try:
        self.daemon.wait(20)
      except subprocess.TimeoutExpired:
        self.daemon.kill()
    shutil.rmtree(self.home, ignore_errors=True)
