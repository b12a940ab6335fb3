# wscheck: see README.md; `make help` lists what can be made.
# Everything that is built goes under build/VARIANT/ (release, asan, tsan, ...), so that no variant overwrites another.

VERSION  := 0.1.0
VARIANT  ?= release
B        := build/$(VARIANT)
PREFIX   ?= /usr/local
DESTDIR  ?=
CC       := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
AR       ?= ar
WERROR   ?= -Werror
PKGCONF  ?= pkg-config
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)

WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla \
            -Wformat=2 -Wcast-align -Wwrite-strings -Wpointer-arith $(WERROR)
HARDEN   := -fstack-protector-strong -fPIE
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2
OPT_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LD_release := -Wl,-z,relro,-z,now -Wl,-z,noexecstack
LD_asan  := -fsanitize=address,undefined
LD_tsan  := -fsanitize=thread

# `make V=1` shows whole commands, else one short line each.
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# `=` and not `:=` where pkg-config is asked: only a recipe that needs a library may fail for want of it.
pc        = $(shell $(PKGCONF) $(1) $(2) 2>/dev/null)
CPPFLAGS += -Iinclude -D_GNU_SOURCE -DWSCHECK_VERSION='"$(VERSION)"'
CFLAGS_ALL = -std=c11 $(WARN) $(HARDEN) $(OPT_$(VARIANT)) -MMD -MP -pthread $(CFLAGS)
LDFLAGS_ALL = -pie $(LD_$(VARIANT)) -pthread $(LDFLAGS)
RECORD_LIBS = $(call pc,--libs,libzstd libcbor)
TOOL_LIBS = $(call pc,--libs,libzstd libcbor json-c)
TEST_LIBS = $(TOOL_LIBS) $(call pc,--libs,criterion)

# The layers of src/ and what each may include; tests/lint/layers.sh holds them to it.
TRACEFMT := $(sort $(wildcard tracefmt/*.c))
RECORD   := $(sort $(wildcard src/record/*.c))
CHECK    := $(sort $(wildcard src/check/*.c))
REPORT   := $(sort $(wildcard src/report/*.c))
CLI      := $(sort $(wildcard src/cli/*.c))
INC_tracefmt := -Itracefmt
INC_record   := -Itracefmt -Isrc/record
INC_check    := -Itracefmt -Isrc/check
INC_report   := -Itracefmt -Isrc/check -Isrc/report
INC_cli      := -Itracefmt -Isrc/check -Isrc/report -Isrc/cli
INC_tests    := -Itracefmt -Isrc/record -Isrc/check -Isrc/report -Isrc/cli -Itests/unit

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
# What a scheduler links: the recorder and the writing half of the format, without any JSON.
LIB_RECORD := $(B)/libwscheck.a
LIB_TOOL   := $(B)/libwscheck-tool.a
PROGRAM    := $(B)/wscheck

UNIT  := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
PLAIN := $(patsubst tests/plain/%.c,$(B)/tests/plain/%,$(sort $(wildcard tests/plain/test_*.c)))
BENCH := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(sort $(wildcard tests/bench/*.c)))
SAMPLES := $(patsubst samples/%/,$(B)/samples/%,$(sort $(dir $(wildcard samples/*/*.c))))

.PHONY: all demo demo-run test test-run test-fast test-fast-run lint lint-run format asan tsan bench bench-run deps \
        deps-test install uninstall clean help tests samples
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAM) $(LIB_RECORD) samples ## the program, the recorder library and the samples

$(PROGRAM): $(call obj,$(CLI)) $(LIB_TOOL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(TOOL_LIBS)

$(LIB_TOOL): $(call obj,$(REPORT) $(CHECK) $(TRACEFMT))
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(LIB_RECORD): $(call obj,$(RECORD) $(filter-out tracefmt/jsonl_% tracefmt/trace_input.c tracefmt/trace_reader.c,$(TRACEFMT)))
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

define compile
@mkdir -p $(@D)
$(call say,CC,$<)
$(Q)$(CC) $(CPPFLAGS) $(1) $(CFLAGS_ALL) -c -o $@ $<
endef
$(B)/obj/tracefmt/%.o: tracefmt/%.c
	$(call compile,$(INC_tracefmt))
$(B)/obj/src/record/%.o: src/record/%.c
	$(call compile,$(INC_record))
$(B)/obj/src/check/%.o: src/check/%.c
	$(call compile,$(INC_check))
$(B)/obj/src/report/%.o: src/report/%.c
	$(call compile,$(INC_report))
$(B)/obj/src/cli/%.o: src/cli/%.c
	$(call compile,$(INC_cli))
$(B)/obj/tests/%.o: tests/%.c
	$(call compile,$(INC_tests))

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(LIB_TOOL) $(LIB_RECORD)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(TEST_LIBS)
$(B)/tests/plain/%: $(B)/obj/tests/plain/%.o $(LIB_RECORD) $(LIB_TOOL)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(TOOL_LIBS)
$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(LIB_RECORD) $(LIB_TOOL)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(TOOL_LIBS) -lm

# A sample is built the way a user builds: the public headers, the recorder library, nothing of src/. What one sample
# uses of another is listed: SAMPLE_USES_name = its files.
SAMPLE_USES_deque := $(addprefix samples/pool/,deque.c deque.h order.h bugs.c bugs.h)
samples: $(SAMPLES)
define sample_rule
$(B)/samples/$(1): private override CFLAGS += $(addprefix -I,$(sort $(dir $(SAMPLE_USES_$(1)))))
$(B)/samples/$(1): $(wildcard samples/$(1)/*.c samples/$(1)/*.h include/wscheck/*.h) $(SAMPLE_USES_$(1)) $(LIB_RECORD)
	@mkdir -p $$(@D)
	$$(CC) -std=c11 -Iinclude -D_GNU_SOURCE $$(WARN) $$(HARDEN) $$(OPT_$$(VARIANT)) $$(CFLAGS) -pthread \
		$$(LDFLAGS_ALL) -o $$@ $$(filter %.c,$$^) $$(LIB_RECORD) $$(RECORD_LIBS)
endef
$(foreach s,$(patsubst $(B)/samples/%,%,$(SAMPLES)),$(eval $(call sample_rule,$(s))))

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# Targets that need packages install them first, then start again, so that pkg-config is asked anew.
deps: ## install what building and `make demo` need (apt; root or sudo -n)
	@.ci/deps build
deps-test: ## install what `make test` needs
	@.ci/deps build test

demo: deps ## record a sound and a broken pool, print both reports
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@B=$(B) samples/demo.sh

tests: $(UNIT) $(PLAIN)
test: deps-test ## every test, also under ASan+UBSan and TSan
	@$(MAKE) --no-print-directory test-run
test-run:
	@$(MAKE) --no-print-directory -j$(JOBS) all tests
	@$(MAKE) --no-print-directory -j$(JOBS) VARIANT=asan all tests
	@$(MAKE) --no-print-directory -j$(JOBS) VARIANT=tsan $(patsubst $(B)/%,build/tsan/%,$(LIB_RECORD) $(PLAIN)) build/tsan/samples/pool
	@tests/run.sh all
test-fast: deps-test ## the unit tests and the cases alone
	@$(MAKE) --no-print-directory -j$(JOBS) all tests
	@tests/run.sh fast
asan: deps-test ## the tests that ASan and UBSan can see into
	@$(MAKE) --no-print-directory -j$(JOBS) VARIANT=asan all tests
	@tests/run.sh asan
tsan: deps-test ## the tests that TSan can see into
	@$(MAKE) --no-print-directory -j$(JOBS) VARIANT=tsan build/tsan/libwscheck.a $(patsubst $(B)/%,build/tsan/%,$(PLAIN)) build/tsan/samples/pool
	@tests/run.sh tsan

bench: deps-test ## measure; writes build/bench.json
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BENCH)
	@tests/bench/run.sh

lint: deps-test ## layers, formatting, shell scripts, forbidden calls
	@tests/lint.sh
format: ## clang-format every C file
	@git ls-files '*.c' '*.h' | xargs clang-format -i

install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/wscheck \
		$(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/wscheck
	install -m 644 $(LIB_RECORD) $(DESTDIR)$(PREFIX)/lib/libwscheck.a
	install -m 644 include/wscheck/*.h $(DESTDIR)$(PREFIX)/include/wscheck/
	install -m 644 src/cli/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' src/record/wscheck.pc.in \
		> $(DESTDIR)$(PREFIX)/lib/pkgconfig/wscheck.pc
	chmod 644 $(DESTDIR)$(PREFIX)/lib/pkgconfig/wscheck.pc
uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/wscheck $(DESTDIR)$(PREFIX)/lib/libwscheck.a $(DESTDIR)$(PREFIX)/lib/pkgconfig/wscheck.pc
	rm -f $(patsubst src/cli/man/%,$(DESTDIR)$(PREFIX)/share/man/man1/%,$(wildcard src/cli/man/*.1))
	rm -rf $(DESTDIR)$(PREFIX)/include/wscheck
clean: ## remove build/
	rm -rf build
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
