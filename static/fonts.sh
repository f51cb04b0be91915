#!/bin/sh
# Makes files/*.woff2 anew, byte for byte, from the variable fonts that Fontsource packs for the npm
# registry (version 5.3.0 of both, as Google Fonts serves them). Needs npm, and on Debian 12
# `apt-get install fonttools python3-brotli` (fontTools 4.38). Run it in this folder.
#
# Of each family, NAME.woff2 is what pages in English are written with and is loaded first;
# NAME-latin.woff2 is the rest of the Latin file, NAME-ext.woff2 what other languages need beyond it.
# app.css says by unicode-range which file has which characters, so the two lists below stand there too; the
# first of them there also has what is never drawn. U+2022 is what a password is shown as.
# All features of the layout stay: kerning, figures of one width.
#
# Sans keeps the weights that app.css uses, 400 to 700, of 200 to 800: that is two fifths of the file that
# a first visit waits for. Mono keeps all: it is not on that page.
set -eu
first=U+0020-007E,U+00A0,U+00B7,U+2013-2014,U+2018-2019,U+201C-201D,U+2022,U+2026,U+2212
rest=U+00A1-00AC,U+00AE-00B4,U+00B6,U+00B8-00FF,U+0131,U+0152-0153,U+02C6,U+02DA,U+02DC,U+0300-0301,U+0303-0304,U+0308,U+2009,U+201A,U+201E,U+2039-203A,U+2044,U+20AC,U+2122,U+2215

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for family in next mono; do
	npm pack --silent --pack-destination "$work" "@fontsource-variable/atkinson-hyperlegible-$family@5.3.0" >"$work/name"
	tar -xzf "$work/$(cat "$work/name")" -C "$work"
	mv "$work/package/files/atkinson-hyperlegible-$family-latin-wght-normal.woff2" "$work/$family.woff2"
	mv "$work/package/files/atkinson-hyperlegible-$family-latin-ext-wght-normal.woff2" "$work/$family-ext.woff2"
	rm -r "$work/package"
done
sha256sum --check --quiet <<END
18b2a1a39a2fa298b0ba5390aca68462669826c90925656f1c1f6796e0e1bbaf  $work/next.woff2
7dae0c6c66af1aec82e096186aeb1f0e6fa36ab8061ed65422f2b7daf4dd93f3  $work/next-ext.woff2
2706b1ee4f452e744ea91f7e4908cbde9c5d35521bf5ffffc71a382a2de89613  $work/mono.woff2
3fa1fa7e990377c87018d62f356cc42b8db39fd88cee5724431e9f0d63b7f32f  $work/mono-ext.woff2
END

subset() { # from, characters, to
	pyftsubset "$1" --unicodes="$2" --layout-features='*' --flavor=woff2 --output-file="files/$3.woff2"
}
for part in next next-ext; do
	fonttools varLib.instancer "$work/$part.woff2" wght=400:700 --no-recalc-timestamp --quiet --output "$work/$part.ttf"
done
subset "$work/next.ttf" "$first" sans
subset "$work/next.ttf" "$rest" sans-latin
subset "$work/next-ext.ttf" '*' sans-ext
subset "$work/mono.woff2" "$first" mono
subset "$work/mono.woff2" "$rest" mono-latin
cp "$work/mono-ext.woff2" files/mono-ext.woff2
