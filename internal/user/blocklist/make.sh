#!/bin/sh
# Makes words.txt, the list of words that passwords are judged by, and LICENSE.
#
# Source: npm package @zxcvbn-ts/language-common (MIT), its list of the most used
# passwords and its diceware words. Kept are words of four ASCII letters, digits
# or signs and more, in lower case, sorted by byte for a binary search.
#
# Needs npm and node. Run it from anywhere; it changes only its own folder.
set -eu

version=4.1.3
integrity=sha512-g2bg4skmlJG9aJqC/nWziZzgYpSe/f3rKeGobrkdFiOrfZVFqqzUgC6BUQWuX54Sua9j0Jxxt+1bf4f/Mal1Kg==

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

file=$(npm pack --silent "@zxcvbn-ts/language-common@$version")
got=sha512-$(node -e 'process.stdout.write(require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1])).digest("base64"))' "$file")
if [ "$got" != "$integrity" ]; then
	echo "the package is not the one this list was made from: $got" >&2
	exit 1
fi
tar -xzf "$file"

node -e '
const words = new Set();
for (const file of ["passwords", "diceware"])
	for (const word of require("./package/src/" + file + ".json"))
		if (/^[!-~]{4,}$/.test(word)) words.add(word.toLowerCase());
process.stdout.write([...words].sort().join("\n") + "\n");
' >"$here/words.txt"
cp package/LICENSE.txt "$here/LICENSE"
