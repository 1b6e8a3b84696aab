# Two commands matter: `make run` and `make test`.  Both do all the set-up they need.
# Every process that a test starts would compile our modules anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test lint bench eval chaos release-fixture audit lock clean

setup:
	@setup/setup.sh run

run: setup
	@.venv/bin/vanthu run

setup-test:
	@setup/setup.sh test

test: setup-test
	@.venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q

lint: setup-test
	@.venv/bin/ruff check .
	@.venv/bin/lint-imports
	@.venv/bin/mypy

bench: setup-test
	@.venv/bin/python -m bench
	@.venv/bin/python -m bench.fields
	@.venv/bin/python -m bench.mail
	@.venv/bin/python -m bench.side

eval: setup-test
	@.venv/bin/python -m bench.eval $(if $(CORPUS),--corpus $(CORPUS))

chaos: setup-test
	@setup/chaos.sh

# What the present code leaves in a database, for the tests of every later one; part of making a release.
release-fixture: setup-test
	@RELEASE_FIXTURE=now .venv/bin/python -m pytest -q -p no:cacheprovider tests/gateway/store/test_releases.py -k test_write

# Known weaknesses of every locked package, asked of PyPI; needs a network that reaches it.
audit: setup-test
	@setup/audit.sh

lock:
	@cd setup && for f in requirements requirements-test; do \
	  uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $$f.in -o $$f.lock; done

clean:
	@rm -rf .venv var
