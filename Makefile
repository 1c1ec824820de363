# make demo and make test are all a newcomer needs; both set up what is missing and are quick the second time.

SWIFT ?= swift
LATENT = .build/release/latent
PYTHON_ENV = .build/python

# Homebrew keeps these out of the default search path; oneDNN has no pkg-config file.
ifeq ($(shell uname -s),Darwin)
export CPATH := $(shell brew --prefix onednn)/include:$(CPATH)
export LIBRARY_PATH := $(shell brew --prefix onednn)/lib:$(LIBRARY_PATH)
export PKG_CONFIG_PATH := $(shell brew --prefix openblas)/lib/pkgconfig:$(shell brew --prefix openssl@3)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.PHONY: help demo test build deps test-deps bench format lint docs install clean

help:
	@echo "make demo     set up, build, and fit Gaussian mixtures to real digits (pictures and a report in latent-demo/)"
	@echo "make test     set up, build, and run every test"
	@echo "make build    the command line, optimised: $(LATENT)"
	@echo "make deps     install the system libraries that are missing"
	@echo "make bench    time this package's kernels and, where they are installed, its peers"
	@echo "make docs     the documentation, in .build/documentation"
	@echo "make format   format the sources; make lint only checks them"
	@echo "make install  one self-contained binary in PREFIX/bin (default /usr/local)"

demo: build
	@echo "== latent demo"
	$(LATENT) demo

test: deps test-deps
	@echo "== building the tests (optimised)"
	$(SWIFT) build -c release --build-tests
	@echo "== testing"
	@SWIFT="$(SWIFT)" Scripts/test.sh

build: deps
	@echo "== building latent (optimised; about two minutes the first time)"
	$(SWIFT) build -c release --product latent

deps:
	@Scripts/dependencies.sh

test-deps:
	@Scripts/test-dependencies.sh $(PYTHON_ENV)

bench: build
	@Benchmarks/run.sh

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

docs: build
	@Scripts/documentation.sh .build/documentation

PREFIX ?= /usr/local
install: deps
	$(SWIFT) build -c release --product latent --static-swift-stdlib --scratch-path .build-static
	install -d $(PREFIX)/bin
	install .build-static/release/latent $(PREFIX)/bin/latent

clean:
	rm -rf .build .build-static latent-demo
