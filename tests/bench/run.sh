#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures what wscheck costs, prints a table and writes build/bench.json. `make bench` builds and runs this.
#
# usage: tests/bench/run.sh [FILE]      FILE instead of build/bench.json
#   B=build/VARIANT    the build to measure (build/release)
#   BENCH_SHORT=1      everything about 20 times smaller: shows that it works, and measures little
#   TMPDIR=DIR         where the traces go, up to 100 MB (/tmp)
#
# Timings never make it fail: it exits with 1 only if something could not be run or written. On a busy machine the times
# mean nothing, and the ratios, whose two sides are measured in turns, little.
#
# What bench.json holds ("spread" is {"median", "min", "max", "count"}, over repetitions in turns), and the targets:
#   schema      "wscheck-bench/1"
#   short, started, commit
#   machine     cpu, cores, kernel, memory_kib, load_before, load_after, ticks_per_second (of the
#               counter that stamps events)
#   build       compiler (as the measured program names it), libc, libzstd, libcbor, json_c, zstd (the program), python
#   recorder    "limit" is rdtsc, a 16-byte store and a release store of an index, in the same process
#     tight_ratio          spread: our tight loop / the limit's                                         at most 1.3
#     work.tight, work.latency, work.alu
#       alone_ns, limit_ns, ours_ns, limit_added_ns, ours_added_ns     spreads, per iteration with one event
#       ours_minus_limit_ns                              spread       in real work (latency, alu): at most 2 ns
#   size        a list, one for each grain and batch of the pool's 4 workers:
#     grain_ns, batch, tasks, events, dropped (both: of all repetitions)
#     bytes_per_event      spread, of the whole file                                the largest median: at most 2.0
#   size_blurred         many machines' counters advance in steps, which makes stamps cheap: the same history once more
#                        with noise in every stamp
#     noise_ticks        the commonest distance of two stamps of a worker; the noise is below it
#     events, bytes_per_event, sharp_bytes_per_event (without the noise)
#   analysis    of one long pool trace (about 20 million events) of which nothing was dropped
#     tasks, grain_ns, events, file_bytes, workers
#     analyze_s, zstd_s    spreads: wall time of `wscheck analyze -q` and of `zstd -dc`, both to /dev/null
#     ratio                spread: the two of one repetition                                              at most 4
#     ratio_of_least       the least analyze_s / the least zstd_s    (these two say more when the machine is busy)
#     cpu_ratio            spread: the same of processor time, user and system
#     events_per_s         spread
#   memory      peak resident size of `wscheck analyze -q`; floor_kib is that of a program that does nothing
#     short, long          events, peak_kib (spread); long is the trace of `analysis`     long: at most 65,536 (64 MiB)
#     bytes_per_event      by which the peak grows from short to long
#   replay      of generated traces (tests/bench/generate; 4 workers, 10 million events), beside tests/bench/bare, which
#               replays the same events from memory, without time, order or statistics
#     few, many            1,000 and 1,000,000 live tasks: events, live, file_bytes, peak_kib,
#       analyze_s, zstd_s, bare_s, events_per_s, bare_events_per_s     spreads
#       zstd_ratio, bare_ratio                           spreads: analyze's time over the other's     bare: at most 2
#     bytes_per_live_task                                from `few` to `many`                              at most 64
#     longer               `few` beside a trace a tenth as long: events (how many times as many),
#       time_ratio         spread: as if they were exactly ten times as many                             at most 10.5
#       bits_per_handle    by which the peak grows for each further finished handle                         at most 2
#       memory_ratio       of the peaks, without 2 bits for each finished handle                         at most 1.05
#     range                one per cent of the time of `few`, by --from and --to: per_cent, analyze_s,
#       per_cent_of_time   spread: of the whole's                                                           at most 3
#   targets     a list: name, value, at_most, stretch (what would be better still, or null), unit, holds (true or false)
set -eu
output=${1:-}
case $output in
'' | /*) ;;
*) output=$PWD/$output ;;
esac
cd "$(dirname "$0")/../.."
B=${B:-build/release}
for program in wscheck samples/pool tests/bench/recorder tests/bench/peak tests/bench/generate tests/bench/bare; do
  if ! [ -x "$B/$program" ]; then
    echo "bench: $B/$program is missing: run make bench" >&2
    exit 1
  fi
done
exec python3 tests/bench/measure.py "$B" "${output:-build/bench.json}"
