package factor

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	qrcode "github.com/skip2/go-qrcode"
)

func TestOT18_QRDrawsTheWholeCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"x",
		URI("Latchkey", "ada", []byte("12345678901234567890")),
		URI(strings.Repeat("é", 100), strings.Repeat("名", 64), []byte("12345678901234567890")),
	} {
		size, path, err := QR(text)
		if err != nil {
			t.Fatal(err)
		}
		level := qrcode.Medium
		if len(text) > longText {
			level = qrcode.Low
		}
		code, err := qrcode.New(text, level)
		if err != nil {
			t.Fatal(err)
		}
		code.DisableBorder = true
		bare := code.Bitmap()
		if size != len(bare)+8 {
			t.Errorf("size %d for %d modules, want a quiet zone of 4 on each side", size, len(bare))
		}
		want := blank(size)
		for y, row := range bare {
			copy(want[y+4][4:], row)
		}
		if diff := cmp.Diff(want, raster(t, size, path)); diff != "" {
			t.Errorf("modules of %.30q (-want +got):\n%s", text, diff)
		}
	}
}

func TestQRStartsWithAFinderPattern(t *testing.T) {
	t.Parallel()
	size, path, err := QR("x")
	if err != nil || size != 21+8 || !strings.HasPrefix(path, "M4 4h7v1h-7z") {
		t.Errorf("QR(x) = %d, %.40s, %v", size, path, err)
	}
}

func TestQRRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	if size, path, err := QR(strings.Repeat("é", 2000)); err == nil || size != 0 || path != "" {
		t.Errorf("QR of 4000 bytes = %d, %d bytes of path, %v; want an error", size, len(path), err)
	}
}

// raster paints the path again, run by run, and refuses any other path data.
func raster(t *testing.T, size int, path string) [][]bool {
	t.Helper()
	run := regexp.MustCompile(`^M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	modules := blank(size)
	for path != "" {
		m := run.FindStringSubmatch(path)
		if m == nil || m[3] != m[4] {
			t.Fatalf("not a run: %.40s", path)
		}
		x, y, width := number(t, m[1]), number(t, m[2]), number(t, m[3])
		for i := range width {
			modules[y][x+i] = true
		}
		path = path[len(m[0]):]
	}
	return modules
}

// blank returns size rows of size white modules.
func blank(size int) [][]bool {
	modules := make([][]bool, size)
	for y := range modules {
		modules[y] = make([]bool, size)
	}
	return modules
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func BenchmarkQR(b *testing.B) {
	uri := URI("Latchkey", "ada", NewSecret())
	for b.Loop() {
		if _, _, err := QR(uri); err != nil {
			b.Fatal(err)
		}
	}
}
