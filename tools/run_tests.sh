#!/bin/sh
# Runs all tests in the environment VENV. Each part runs, whatever became of those before it.
# A few tests that fail are tried once more, and named (tools/second_try.py).
#
#   sh tools/run_tests.sh [arguments for pytest: then only pytest runs, with these]
#   VENV=.venv    the environment
#   PARTS="ruff tests browser notebooks"    which parts to run
#   MARKED="not once"    which of the tests, by their marks

cd "$(dirname "$0")/.." || exit 2
python=${VENV:-.venv}/bin/python
unset PYTHONDONTWRITEBYTECODE  # with it each worker that a test starts compiles its imports anew
summary=
failed=0

part() {
  name=$1
  shift
  printf '\n== %s\n' "$name"
  start=$(date +%s)
  "$@"
  case $? in
    0) verdict='ok    ' ;;
    10) verdict='ok (with a second try)' ;;
    *) verdict=FAILED failed=1 ;;
  esac
  summary="$summary
  $verdict  $(($(date +%s) - start)) s  $name"
}

has_browser() {
  sh tools/chromium.sh && return
  [ "${CI:-}" != true ]  # elsewhere the browser tests are skipped, and say so
}

if [ $# -gt 0 ]; then
  exec "$python" -m pytest "$@"
fi
for chosen in ${PARTS:-ruff tests browser notebooks}; do
  case $chosen in
    ruff)
      part "ruff check" "$python" -m ruff check .
      part "ruff format" "$python" -m ruff format --check . ;;
    tests)  # three at a time: a test mostly waits for a process to start or to end
      part "tests" "$python" tools/second_try.py --ignore tests/browser -n 3 --dist worksteal \
        -m "${MARKED:-}" -- tests ;;
    browser)
      part "a browser" has_browser
      part "tests in a browser" "$python" tools/second_try.py -n 3 --dist loadfile -- tests/browser ;;
    notebooks)
      part "notebooks (nbval)" "$python" tools/second_try.py -n 2 --dist loadfile --nbval \
        --nbval-current-env --nbval-cell-timeout=120 \
        --nbval-sanitize-with tests/nbval_sanitize.cfg -- notebooks/ workshop/ ;;
    *)
      echo "PARTS=$PARTS: there is no part $chosen" >&2
      exit 2 ;;
  esac
done

printf '\n== Summary, %s%s\n' "$("$python" --version)" "$summary"
exit $failed
