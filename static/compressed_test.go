package static

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files in compressed anew")

// codings are how text is compressed, by the ending of the file: as hard as each can.
var codings = map[string]struct {
	form   func(Asset) []byte
	writer func(io.Writer) (io.WriteCloser, error)
	reader func(io.Reader) (io.Reader, error)
}{
	".br": {
		func(a Asset) []byte { return a.Brotli },
		func(w io.Writer) (io.WriteCloser, error) {
			return brotli.NewWriterLevel(w, brotli.BestCompression), nil
		},
		func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	},
	".gz": {
		func(a Asset) []byte { return a.Gzip },
		func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) },
		func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	},
}

// TestCompressedFilesAreThoseOfToday: what is stored compressed is what is served as it is, and smaller.
// With -update it is written first, and looked at by the next run.
func TestCompressedFilesAreThoseOfToday(t *testing.T) {
	t.Parallel()
	var want []string
	for i, a := range Assets() {
		if a.ContentType == "font/woff2" { // which is compressed by brotli itself
			if a.Compressed() {
				t.Errorf("%s is compressed twice", a.Name)
			}
			continue
		}
		for ending, c := range codings {
			name := names[i] + ending
			want = append(want, name)
			if *update {
				if err := os.WriteFile("compressed/"+name, packed(t, c.writer, a.Body), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			form := c.form(a)
			if got, err := unpacked(c.reader, form); err != nil || !bytes.Equal(got, a.Body) || len(form) >= len(a.Body) {
				t.Errorf("%s is %d bytes, and not those of %s compressed (%v): run make generate", name, len(form), names[i], err)
			}
		}
	}
	entries, err := os.ReadDir("compressed")
	if err != nil {
		t.Fatal(err)
	}
	var stored []string
	for _, e := range entries {
		stored = append(stored, e.Name())
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("what is compressed and what is stored (-wanted +stored):\n%s", diff)
	}
}

func packed(t *testing.T, compress func(io.Writer) (io.WriteCloser, error), body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := compress(&b)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpacked(expand func(io.Reader) (io.Reader, error), form []byte) ([]byte, error) {
	r, err := expand(bytes.NewReader(form))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestFormForAClient asks as browsers and odd clients do.
func TestFormForAClient(t *testing.T) {
	t.Parallel()
	text := Asset{Body: []byte("text"), Brotli: []byte("b"), Gzip: []byte("g")}
	for accept, want := range map[string]string{
		"": "", "identity": "", "gzip, deflate, br, zstd": "br", "gzip, deflate": "gzip", "GZIP": "gzip", "Br": "br",
		"br;q=0, gzip": "gzip", "br;q=0,gzip;q=0.0": "", "br ; q=0.000 , gzip ; q=1": "gzip", "br;Q=0, gzip": "gzip",
		"gzip;q=1, br;q=0.1": "br", "*": "", "*;q=0": "", "identity;q=0": "", "br;q=x": "", "br;x=1": "", "br;q=-1": "", "br;q=NaN": "",
		"brotli, x-gzip": "", "br;q=0, br": "", ",,;,gzip": "gzip",
	} {
		if _, got := text.For([]string{accept}); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
	if body, _ := text.For([]string{"gzip", "br"}); string(body) != "b" {
		t.Errorf("of two lines: %q", body)
	}
	if body, encoding := Named("logo.png", []byte("png")).For([]string{"br, gzip"}); string(body) != "png" || encoding != "" {
		t.Errorf("a file of an administrator: %q, %q", body, encoding)
	}
}
