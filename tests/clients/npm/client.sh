# Shared by the clients that npm installs; sourced by their `run` (see ../README.md).
# Expects `here` (the client's folder with package.json and package-lock.json) and the functions `version_line` and, where a tool beyond npm is needed, `needs`.
set -uo pipefail
fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit 3; }

declare -F needs >/dev/null || needs() { :; }
# Scenarios are named in any case, so that each can be told as skipped.
[ "${1:-}" = scenarios ] || { command -v node >/dev/null && command -v npm >/dev/null; } || skip "node and npm are not installed"

name=$(basename "$here")
cache=${CLOUDSTREAM_TEST_CACHE:-$HOME/.cache/cloudstream-tests}
# Native modules are built for one Node: its version belongs to the key.
key=$(cat "$here/package.json" "$here/package-lock.json" <(node --version 2>/dev/null) | sha256sum | cut -c1-16)
installed=$cache/$name-$key

prepare() {
  [ -f "$installed/ready" ] && return 0
  needs
  mkdir -p "$installed" || skip "cannot write to $cache"
  exec 9> "$installed.lock"
  flock -w 600 9 || skip "another process prepares $name and does not finish"
  [ -f "$installed/ready" ] && return 0
  cp "$here/package.json" "$here/package-lock.json" "$installed/"
  # JOBS=1: node-rdkafka's make files know no order between the configuration and what needs it.
  (cd "$installed" && JOBS=1 timeout "${prepare_seconds:-300}" npm ci --no-audit --no-fund > prepare.log 2>&1) \
    || { tail -3 "$installed/prepare.log"; skip "npm cannot install $name: $installed/prepare.log"; }
  touch "$installed/ready"
}

# The Node that runs the scenarios: the client's own from npm, if it pins one.
runtime() {
  local own=$installed/node_modules/node/bin/node
  if [ -x "$own" ]; then echo "$own"; else command -v node; fi
}

ready() { [ -f "$installed/ready" ] || (prepare) || exit $?; }

client() {
  case "${1:-}" in
    version) ready; cd "$installed" && version_line ;;
    prepare) prepare ;;
    scenarios) (cd "$here/scenarios" && printf '%s\n' *.js | sed 's/\.js$//') ;;
    scenario)
      [ -f "$here/scenarios/$2.js" ] || skip "$name has no scenario $2"
      ready
      NODE_PATH="$installed/node_modules" timeout -k 2 60 "$(runtime)" "$here/../npm/scenario.js" "$here/scenarios/$2.js" "$3" "$4"
      local code=$?
      [ $code != 124 ] && [ $code != 137 ] || fail "$2 took more than 60 s"
      exit $code ;;
    *) fail "usage: run version | prepare | scenarios | scenario NAME BOOTSTRAP PREFIX" ;;
  esac
}
