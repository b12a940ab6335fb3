#!/bin/sh
# The short form of the benchmark runs and writes every figure; their values are not looked at.
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough, and timings under a sanitizer are none
code=0
for program in recorder peak generate bare; do
  make -s "build/release/tests/bench/$program"
done >"$WORK/out" 2>"$WORK/err" || code=$?
check "the measuring programs build" 0 ""

generate() { # options: the trace is in $WORK/trace.zst
  code=0
  build/release/tests/bench/generate "$@" "$WORK/trace.zst" >"$WORK/out" 2>"$WORK/err" || code=$?
}

for shape in "--live 1" "--live 50000" "--workers 1" "--workers 16 --steals 60 --failures 50" "--depth 30" \
  "--identity polled" "--identity recycled" "--ids random --step 1" "--duration 10"; do
  # shellcheck disable=SC2086 # the words of the shape
  generate --events 200000 $shape
  check "a generated trace: $shape" 0 "" ""
  holds "is sound" build/release/wscheck analyze -q --fail-on warning "$WORK/trace.zst"
done
mv "$WORK/trace.zst" "$WORK/same.zst"
generate --events 200000 --duration 10
holds "the same options, the same trace" cmp "$WORK/same.zst" "$WORK/trace.zst"
generate --events 200000 --duration 10 --seed 2
holds "another seed, another trace" [ "$(cmp "$WORK/same.zst" "$WORK/trace.zst" 2>&1 | wc -l)" = 1 ]
generate --events none
check "no number of events" 2 "'none' is no number" ""
rm "$WORK/same.zst" "$WORK/trace.zst"

bench() { # file, environment...
  file=$1
  shift
  code=0
  env BENCH_SHORT=1 TMPDIR="$WORK" "$@" tests/bench/run.sh "$file" >"$WORK/out" 2>"$WORK/err" || code=$?
}

has() { # name, what jq must find true
  holds "bench.json: $1" jq -e "
    def spread: .count >= 1 and .min <= .median and .median <= .max;
    def text: type == \"string\" and length > 0;
    def positive: type == \"number\" and . > 0;
    $2" "$WORK/bench.json"
}

bench "$WORK/bench.json"
check "the short benchmark runs" 0 "analysis" "^  (holds |MISSED)  analyze, times zstd -dc, pool: "
has "what it is" '.schema == "wscheck-bench/1" and .short == true and (.started | text)'
has "the machine" '.machine | (.cpu | text) and (.kernel | text) and (.cores | positive) and (.memory_kib | positive)
  and has("ticks_per_second") and (.load_before | type) == "number" and (.load_after | type) == "number"'
has "compiler and libraries" '.build | [.compiler, .libc, .libzstd, .libcbor, .json_c, .zstd, .python] | all(text)'
has "the recorder's loops" '.recorder | (.tight_ratio | spread) and (.work | keys) == ["alu", "latency", "tight"]
  and ([.work[] | .alone_ns, .limit_ns, .ours_ns, .limit_added_ns, .ours_added_ns, .ours_minus_limit_ns] | all(spread))'
has "four sizes" '([.size[] | [.grain_ns, .batch]] | unique | length) == 4
  and ([.size[] | (.bytes_per_event | spread) and (.events | positive) and has("dropped")] | all)'
has "the size with finer stamps" '.size_blurred | [.noise_ticks, .events, .sharp_bytes_per_event, .bytes_per_event]
  | all(positive)'
has "the analysis" '.analysis | ([.analyze_s, .zstd_s, .ratio, .cpu_ratio, .events_per_s] | all(spread))
  and ([.ratio_of_least, .tasks, .workers, .events, .file_bytes] | all(positive)) and has("grain_ns")'
has "memory at two lengths" '.memory | ([.short.peak_kib, .long.peak_kib] | all(spread)) and (.floor_kib | positive)
  and .short.events < .long.events and (.bytes_per_event | type) == "number"'
has "the replay of generated traces" '.replay | ([.few, .many | (.events | positive) and (.live | positive)
  and ([.analyze_s, .zstd_s, .bare_s, .events_per_s, .bare_events_per_s, .zstd_ratio, .bare_ratio, .peak_kib]
  | all(spread))] | all) and .few.live < .many.live and (.bytes_per_live_task | positive)'
has "ten times as many events" '.replay.longer | (.time_ratio | spread) and .events > 9 and (.memory_ratio | positive)
  and (.bits_per_handle | type) == "number"'
has "a range" '.replay.range | .per_cent == 1 and (.analyze_s | spread) and (.per_cent_of_time | spread)'
has "all targets" '(.targets | length) == 14 and ([.targets[] | (.name | text) and (.unit | text)
  and .holds == (.value <= .at_most) and (.stretch == null or .stretch < .at_most)] | all)'
holds "no trace is left" [ -z "$(find "$WORK" -name 'wscheck-bench.*')" ]

build/release/tests/bench/bare "$CASES/double_run_concurrent.jsonl" 1 >"$WORK/out" 2>"$WORK/err" || code=$?
check "the bare loop sees what is not legal" 0 "" '"illegal":[1-9]'

bench "$WORK/other.json" B=build/missing
check "nothing to measure" 1 "^bench: build/missing/wscheck is missing: run make bench$" ""
mkdir "$WORK/directory"
bench "$WORK/directory"
check "an unwritable result" 1 "^bench: .*directory is a directory$" ""
holds "no temporary file is left" [ -z "$(find "$WORK" -name '*.tmp')" ]
table() { # program that it needs, script, what it says, what it prints
  code=0
  make -s "build/release/tests/bench/$1" >"$WORK/out" 2>"$WORK/err" || code=$?
  check "$1 builds" 0 ""
  code=0
  BENCH_SHORT=1 TMPDIR="$WORK" "tests/bench/$2" build/release "$WORK/bench.json" >"$WORK/out" 2>"$WORK/err" || code=$?
  check "$2, short" 0 "$3" "$4"
}

table lttng_copy long_table.py "analyze" "^  wscheck analyze -q "
has "the long trace" '.long | .events >= 1000000 and ([.file_bytes, .peak_kib, .analyze_s, .zstd_s, .events_per_s] | all(positive))'
has "babeltrace2, if it is there" '.peers == null or (.peers | ([.text_s, .dummy_s, .analyze_s] | all(spread)))'

# What the recorder costs in each mode.
table recorder_modes recorder_table.py "" "^sustained: "
has "twelve targets, or eight without LTTng" '[.targets[] | has("holds")] | length == 12 or length == 8'
finish
