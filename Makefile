# `make help` lists what there is. Each target does its own set-up.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# Debian's packages: BLAS/LAPACK, SQLite, udev, MuJoCo; Python for the independent checks in the tests;
# umockdev for made-up serial adapters; Open MPI for searches by several processes.
BUILD_PACKAGES := libopenblas-dev libsqlite3-dev libudev-dev libmujoco-dev pkg-config
TEST_PACKAGES := python3 python3-venv umockdev strace sqlite3 openmpi-bin
# Cross-compilers and emulators for the reference firmware (without what they recommend: a C library
# that the firmware doesn't use, and windows).
FIRMWARE_PACKAGES := g++ libc6-dev gcc-avr avr-libc gcc-arm-none-eabi libsimavr-dev simavr libelf-dev \
  qemu-system-arm

BUILD := swift build -c release
DEMO := demo

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: demo
demo: setup ## Build, then watch the virtual pendulum learn to swing up over a serial line
	$(BUILD) --product handful
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	.build/release/handful run --robot calibration/pendulum --task swing-up --port sim --speed 2 \
	  --algorithm black-drops --trials 8 --seed 1 --store $(DEMO)/pendulum.sqlite
	.build/release/handful report --store $(DEMO)/pendulum.sqlite --out $(DEMO)/pendulum.html
	.build/release/handful report --store $(DEMO)/pendulum.sqlite --out $(DEMO)/pendulum.svg

.PHONY: test
test: setup .venv/ready firmware firmware-check firmware-fuzz ## Build and run every test, as CI does
	swift format lint --strict --recursive Package.swift Sources Tests
	$(BUILD) --build-tests
	Tests/run

SECONDS ?= 3600

.PHONY: soak
soak: setup ## Run seeded episodes with faults on all cores for SECONDS=3600
	$(BUILD) --product handful-soak
	.build/release/handful-soak --seconds $(SECONDS)

.PHONY: coverage
coverage: setup ## Measure which regions of the safety core its tests run
	Benchmarks/mutate_envelope.py --coverage-only

.PHONY: mutations
mutations: setup ## Turn round each comparison of the safety core: a test must fail each time
	Benchmarks/mutate_envelope.py

.PHONY: firmware
firmware: ## Build the reference firmware's images and their emulators
	@missing=$$(for p in $(FIRMWARE_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || printf "%s " $$p; done); \
	if [ -n "$$missing" ]; then $(MAKE) --no-print-directory apt-install \
	  APT_OPTIONS=--no-install-recommends PACKAGES="$$missing"; fi
	$(MAKE) --no-print-directory -C firmware-protocol/firmware

.PHONY: firmware-test
firmware-test: setup firmware ## Run the firmware's images in emulators: conformance, safety, two trials
	$(BUILD) --build-tests
	swift test -c release --skip-build --no-parallel --filter FirmwareImageTests

REFERENCE := firmware-protocol/c
REFERENCE_FLAGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror

.PHONY: firmware-check
firmware-check: firmware ## Compile the C reference and its sketch without a warning
	@mkdir -p .build/firmware
	@for cc in gcc clang; do for sizes in "" -DHANDFUL_MAXIMUM_JOINTS=1 -DHANDFUL_CRC_BITWISE; do \
	  for source in handful_robot handful_policy; do \
	    $$cc $(REFERENCE_FLAGS) -std=c99 -O2 $$sizes -c $(REFERENCE)/$$source.c \
	      -o .build/firmware/$$source.o || exit 1; done; done; done
	@sed -n '/^```cpp/,/^```$$/p' $(REFERENCE)/README.md | sed '/^```/d; /EEPROM.h/d' \
	  > .build/firmware/sketch.cpp
	@for cc in g++ clang++; do $$cc -std=c++11 -Wall -Wextra -Werror -ITests/firmware -I$(REFERENCE) \
	  -fsyntax-only .build/firmware/sketch.cpp || exit 1; done

.PHONY: firmware-fuzz
firmware-fuzz: firmware ## Feed the C reference random and damaged bytes under sanitizers
	@mkdir -p .build/firmware
	@seed=1; for sizes in "" "-DHANDFUL_MAXIMUM_JOINTS=4 -DHANDFUL_CRC_BITWISE" \
	  "-DHANDFUL_MAXIMUM_JOINTS=1 -DHANDFUL_TRANSMIT_BYTES=120"; do \
	  gcc $(REFERENCE_FLAGS) -std=c99 -g -O1 -fsanitize=address,undefined \
	    -fno-sanitize-recover=all $$sizes $(REFERENCE)/fuzz.c $(REFERENCE)/handful_robot.c \
	    -o .build/firmware/fuzz || exit 1; \
	  .build/firmware/fuzz 10000000 $$seed || exit 1; seed=$$((seed + 1)); done

.PHONY: bench
bench: setup ## Build the benchmarks; Benchmarks/README.md says how to run them
	@dpkg -s libeigen3-dev >/dev/null 2>&1 \
	  || $(MAKE) --no-print-directory apt-install PACKAGES=libeigen3-dev
	cd Benchmarks && swift build -c release

.PHONY: format
format: ## Format the sources
	swift format format --in-place --recursive Package.swift Sources Tests

.PHONY: setup
setup: ## Install what is missing of Debian's packages
	@missing=$$(for p in $(BUILD_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || printf "%s " $$p; done); \
	if [ -n "$$missing" ]; then $(MAKE) --no-print-directory apt-install PACKAGES="$$missing"; fi

.venv/ready: Tests/python/requirements.txt
	@missing=$$(for p in $(TEST_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || printf "%s " $$p; done); \
	if [ -n "$$missing" ]; then $(MAKE) --no-print-directory apt-install PACKAGES="$$missing"; fi
	/usr/bin/python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

.PHONY: apt-install
apt-install:
	@echo "installing: $(PACKAGES)"
	@sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); $$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(APT_OPTIONS) $(PACKAGES) >/dev/null
