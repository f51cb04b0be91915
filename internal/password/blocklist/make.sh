#!/bin/sh
# Makes words.txt, the list of words that passwords are judged by, and puts the
# licences of its sources beside it.
#
# Sources: npm packages @zxcvbn-ts/language-common (MIT), its list of the most used
# passwords and its diceware words, and @zxcvbn-ts/language-en (MIT), its words of
# Wikipedia, first names and last names. commonWords.json of the latter is left
# out: it comes under another licence (ODC-BY).
#
# Kept are words of ASCII letters, digits or signs in lower case, sorted by byte for
# a binary search: from the first package of four characters and more, from the
# second of 8 to 20. Shorter ones cannot be a password here, and more of them would
# be found by chance in good ones.
#
# Needs npm and node. Run it from anywhere; it changes only its own folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# get NAME VERSION INTEGRITY LICENCE unpacks a package into a folder of its name.
get() {
	file=$(npm pack --silent "@zxcvbn-ts/$1@$2")
	got=sha512-$(node -e 'process.stdout.write(require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1])).digest("base64"))' "$file")
	if [ "$got" != "$3" ]; then
		echo "$1 is not the package this list was made from: $got" >&2
		exit 1
	fi
	mkdir "$1"
	tar -xzf "$file" -C "$1" --strip-components 1
	cp "$1/LICENSE.txt" "$here/$4"
}

get language-common 4.1.3 sha512-g2bg4skmlJG9aJqC/nWziZzgYpSe/f3rKeGobrkdFiOrfZVFqqzUgC6BUQWuX54Sua9j0Jxxt+1bf4f/Mal1Kg== LICENSE
get language-en 4.1.1 sha512-6UdzuBd3Uex8TKubohcn+uXRVAH34Zjs2eCfT4hQVo9zeTy7AkQRQfdV4OnHR5hQfW/XBrK/AGTZk7VBWh7wwQ== LICENSE-en

node -e '
const words = new Set();
const add = (path, kept) => {
	for (const word of require("./" + path + ".json"))
		if (kept.test(word)) words.add(word.toLowerCase());
};
for (const list of ["passwords", "diceware"]) add("language-common/src/" + list, /^[!-~]{4,}$/);
for (const list of ["wikipedia", "firstnames", "lastnames"]) add("language-en/src/" + list, /^[!-~]{8,20}$/);
process.stdout.write([...words].sort().join("\n") + "\n");
' >"$work/words.txt"
mv "$work/words.txt" "$here/words.txt"
