package brand

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"latchkey/internal/problem"
)

func TestAccent(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "", " ": "", "#0C5F4C": "#0c5f4c", "0c5f4c": "#0c5f4c", "#00f": "#0000ff", " #a8201a ": "#a8201a", "#000": "#000000",
		"#767676": "#767676", // 4.54:1 on white
	} {
		if got, err := CheckAccent(typed); got != want || err != nil {
			t.Errorf("%q is %q, %v, want %q", typed, got, err, want)
		}
	}
	for typed, words := range map[string]string{
		"#777777": "In the light theme, #777777 on white has a contrast of 4.47:1, and text needs at least 4.5:1. Choose a darker colour",
		"#ffff00": "1.07:1", "#fff": "1.00:1", "red": "like #0c5f4c", "#0c5f4": "like", "#0c5f4cff": "like", "#0c5f4c;}": "like",
		"light-dark(#fff,#000)": "like", "#0c5f4g": "like", "url(//evil)": "like", "#\uff10c5f4c": "like",
	} {
		got, err := CheckAccent(typed)
		if p := problem.As(err); got != "" || p == nil || p.Field != "accent" || !strings.Contains(p.Message, words) {
			t.Errorf("%q is %q, %v, want %q", typed, got, err, words)
		}
	}
}

// TestUX18_EveryAccentIsReadable: whatever colour is taken, text in it and on it can be
// read on every background, in both themes.
func TestUX18_EveryAccentIsReadable(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 4000 {
		c := colour{float64(r.UintN(256)) / 255, float64(r.UintN(256)) / 255, float64(r.UintN(256)) / 255}
		hex, err := CheckAccent(c.String())
		if err != nil {
			continue
		}
		taken++
		a := NewAccent(hex)
		for _, pair := range [][2]colour{
			{a.light, lightSurface}, {a.light, lightOthers[0]}, {a.light, lightOthers[1]}, {a.light, a.lightTint}, {a.lightHover, lightOthers[1]},
			{white, a.light}, {white, a.lightHover}, {mustHex("#1b1e1a"), a.lightTint},
			{a.dark, darkSurface}, {a.dark, mustHex("#141613")}, {a.dark, mustHex("#10120f")}, {a.dark, a.darkTint}, {a.darkHover, darkSurface},
			{a.darkOn, a.dark}, {a.darkOn, a.darkHover}, {mustHex("#eceee8"), a.darkTint},
		} {
			if got := contrast(pair[0], pair[1]); got < enough {
				t.Fatalf("%s: %s on %s has %.2f:1", hex, pair[0], pair[1], got)
			}
		}
		if strings.ContainsAny(strings.TrimPrefix(a.CSS(), ":root{"), "<>\"'\\/@{") || strings.Count(a.CSS(), "}") != 1 {
			t.Fatalf("%s makes the style sheet %s", hex, a.CSS())
		}
	}
	if taken < 1000 {
		t.Errorf("only %d colours were looked at", taken)
	}
}

func encode(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gradient(width, height int) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), uint8(x * y), uint8(255 - x/8)})
		}
	}
	return p
}

// chunk is one part of a PNG with its sum.
func chunk(name string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, name...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// insert puts a chunk behind the head of a PNG.
func insert(file []byte, c []byte) []byte {
	const head = len(pngHead) + 25 // signature and IHDR
	return append(append(append([]byte{}, file[:head]...), c...), file[head:]...)
}

// resized changes what the head of a PNG says of its size.
func resized(file []byte, width, height uint32) []byte {
	body := append([]byte{}, file[16:29]...)
	binary.BigEndian.PutUint32(body, width)
	binary.BigEndian.PutUint32(body[4:], height)
	return append(append([]byte(pngHead), chunk("IHDR", body)...), file[33:]...)
}

// A WebP of one by one pixel without loss, and what says of itself that it moves.
const smallWebP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

func webpFile(t *testing.T) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(smallWebP)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadLogo(t *testing.T) {
	t.Parallel()
	deep := image.NewNRGBA64(image.Rect(0, 0, 40, 20))
	deep.SetNRGBA64(3, 3, color.NRGBA64{65535, 4660, 1, 40000})
	for name, c := range map[string]struct {
		file          []byte
		width, height int
	}{
		"small":     {encode(t, gradient(200, 50)), 200, 50},
		"large":     {encode(t, gradient(512, 512)), 112, 112},
		"wide":      {encode(t, gradient(1024, 64)), 560, 35},
		"hair":      {encode(t, gradient(1024, 1)), 560, 1},
		"16 bit":    {encode(t, deep), 40, 20},
		"palette":   {encode(t, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.White, color.Transparent})), 9, 9},
		"grey":      {encode(t, image.NewGray16(image.Rect(0, 0, 9, 9))), 9, 9},
		"WebP":      {webpFile(t), 1, 1},
		"with text": {insert(encode(t, gradient(20, 20)), chunk("tEXt", []byte("Comment\x00<script>alert(1)</script>"))), 20, 20},
		"with more": {append(encode(t, gradient(20, 20)), "<script>alert(1)</script>PK\x03\x04"...), 20, 20},
	} {
		logo, err := ReadLogo(c.file)
		if err != nil || logo.Width != c.width || logo.Height != c.height {
			t.Errorf("%s: %dx%d, %v", name, logo.Width, logo.Height, err)
			continue
		}
		got, err := png.DecodeConfig(bytes.NewReader(logo.PNG))
		if err != nil || got.Width != c.width || got.Height != c.height || len(logo.PNG) > MaxLogo {
			t.Errorf("%s: what is served is %v, %v, %d bytes", name, got, err, len(logo.PNG))
		}
		if bytes.Contains(logo.PNG, []byte("script")) || bytes.Contains(logo.PNG, []byte("tEXt")) {
			t.Errorf("%s: something of the file besides its pixels is served", name)
		}
	}
}

// TestWE08_HostilePictures: what is no still picture of PNG or WebP, or would be large
// once it is unpacked, is refused with a sentence.
func TestWE08_HostilePictures(t *testing.T) {
	t.Parallel()
	good := encode(t, gradient(200, 50))
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, gradient(9, 9), nil); err != nil {
		t.Fatal(err)
	}
	noise := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rand.Uint32())
	}
	moving := webpFile(t)
	moving = append(append(append([]byte{}, moving[:12]...), "VP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"...), moving[12:]...)
	for name, c := range map[string]struct {
		file  []byte
		words string
	}{
		"nothing":          {nil, "PNG or WebP"},
		"SVG":              {[]byte(`<?xml version="1.0"?><SVG xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "SVG is not taken"},
		"HTML":             {[]byte("<!DOCTYPE html><script>alert(1)</script>"), "PNG or WebP"},
		"JPEG":             {photo.Bytes(), "PNG or WebP"},
		"GIF":              {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "PNG or WebP"},
		"head only":        {[]byte(pngHead), "damaged"},
		"cut off":          {good[:len(good)/2], "damaged"},
		"bad sum":          {append(append([]byte{}, good[:40]...), bytes.Repeat([]byte{7}, len(good)-40)...), "damaged"},
		"bomb":             {resized(good, 60000, 60000), "1,024 pixels"},
		"too wide":         {encode(t, gradient(1025, 1)), "1,024 pixels"},
		"too high":         {encode(t, gradient(1, 1025)), "1,024 pixels"},
		"size that lies":   {resized(good, 1000, 1000), "damaged"},
		"no width":         {resized(good, 0, 10), "damaged"},
		"negative":         {resized(good, 1<<31, 1<<31), "damaged"},
		"animated PNG":     {insert(good, chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0})), "animated"},
		"animated WebP":    {moving, "animated"},
		"cut WebP":         {webpFile(t)[:20], "damaged"},
		"too large a file": {encode(t, noise), "256 kB"},
		"endless chunk":    {append([]byte(pngHead), 0xff, 0xff, 0xff, 0xff, 'I', 'H', 'D', 'R'), "damaged"},
	} {
		logo, err := ReadLogo(c.file)
		if p := problem.As(err); logo.PNG != nil || p == nil || p.Field != "logo" || !strings.Contains(p.Message, c.words) {
			t.Errorf("%s: %v, want %q", name, err, c.words)
		}
	}
}

// FuzzReadLogo: no file makes it panic, or return more than is served.
func FuzzReadLogo(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, gradient(20, 20)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	raw, _ := base64.StdEncoding.DecodeString(smallWebP)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, file []byte) {
		if logo, err := ReadLogo(file); err == nil && (len(logo.PNG) > MaxLogo || logo.Width > shownWidth || logo.Height > shownHeight) {
			t.Errorf("%dx%d in %d bytes", logo.Width, logo.Height, len(logo.PNG))
		}
	})
}

// TestEX03_AWebPThatLiesAboutItsSize has a small picture in its head and a huge one, which
// a few bytes are enough for, behind it.
func TestEX03_AWebPThatLiesAboutItsSize(t *testing.T) {
	part := func(name string, body ...byte) []byte {
		out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
		return append(append(out, body...), make([]byte, len(body)%2)...)
	}
	size := uint32(16383) | 16383<<14 // 16,384 pixels wide and high
	huge := append([]byte{0x2f}, binary.LittleEndian.AppendUint32(nil, size)...)
	for name, body := range map[string][]byte{
		"a small head":  append(part("VP8X", 0, 0, 0, 0, 9, 0, 0, 9, 0, 0), part("VP8L", append(huge, 0, 0, 0, 0, 0)...)...),
		"no other head": part("VP8L", append(huge, 0, 0, 0, 0, 0)...),
	} {
		body = append([]byte("WEBP"), body...)
		file := append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := ReadLogo(file); problem.As(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<20 { // a gigabyte, if it is believed
			t.Errorf("%s: %d bytes", name, allocated)
		}
	}
}
