package brand

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"latchkey/internal/problem"
)

const (
	// MaxLogo is how many bytes a picture may have that is taken as a logo. It
	// is kept in the database, and decoded and made smaller while somebody waits.
	//
	//limit:uploads,bytes Size of a logo
	MaxLogo = 256 << 10
	// maxSide is how many pixels it may be wide and high. Its header says so before any
	// of them is decoded, so that a small file cannot ask for much memory.
	//
	//limit:uploads,pixels Width and height of a logo
	maxSide = 1024
	// What is served is at most this large: two and a half times as large as it is shown.
	// With four bytes a pixel it is no more than MaxLogo, however badly it compresses.
	shownWidth, shownHeight = 560, 112
)

// Logo is a picture as it is served.
type Logo struct {
	PNG           []byte
	Width, Height int
}

// errLogo are the reasons not to take a picture.
func errLogo(sentence string) error { return problem.Field("logo", sentence) }

// ReadLogo takes a PNG or WebP picture that somebody sent, by its bytes and whatever its
// name, and draws it anew: of the file nothing is left but the pixels (WE-08). The error
// is a problem with the field "logo".
func ReadLogo(file []byte) (Logo, error) {
	if len(file) > MaxLogo {
		return Logo{}, errLogo("Logo must be 256 kB or smaller")
	}
	config, decode := png.DecodeConfig, png.Decode
	switch kindOf(file) {
	case "png":
	case "webp":
		config, decode = webp.DecodeConfig, webp.Decode
	case "svg":
		return Logo{}, errLogo("Logo must be a PNG or WebP picture. SVG is not taken, because it can carry scripts")
	default:
		return Logo{}, errLogo("Logo must be a PNG or WebP picture")
	}
	if animated(file) {
		return Logo{}, errLogo("Logo must not be animated. Choose a picture that stands still")
	}
	c, err := config(bytes.NewReader(file))
	if err != nil {
		return Logo{}, errBroken
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxSide || c.Height > maxSide {
		return Logo{}, errLogo("Logo must be no more than 1,024 pixels wide and high")
	}
	picture, err := decode(bytes.NewReader(file))
	if err != nil || picture.Bounds().Dx() != c.Width || picture.Bounds().Dy() != c.Height {
		return Logo{}, errBroken
	}
	return drawn(picture)
}

var errBroken = errLogo("Logo could not be read as a picture. The file may be damaged")

// drawn draws the picture at the size in which it is served, with eight bits a channel.
func drawn(picture image.Image) (Logo, error) {
	from := picture.Bounds()
	width, height := from.Dx(), from.Dy()
	if scale := min(float64(shownWidth)/float64(width), float64(shownHeight)/float64(height)); scale < 1 {
		width, height = max(1, int(float64(width)*scale)), max(1, int(float64(height)*scale))
	}
	to := image.NewNRGBA(image.Rect(0, 0, width, height))
	if to.Bounds().Size() == from.Size() {
		draw.Draw(to, to.Bounds(), picture, from.Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(to, to.Bounds(), picture, from, draw.Src, nil)
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, to); err != nil {
		return Logo{}, err
	}
	if out.Len() > MaxLogo {
		return Logo{}, errors.New("a logo is larger than pixels can make it")
	}
	return Logo{out.Bytes(), width, height}, nil
}

const pngHead = "\x89PNG\r\n\x1a\n"

// kindOf tells by the first bytes what a file is: png, webp, svg, or "" for anything else.
func kindOf(file []byte) string {
	switch {
	case bytes.HasPrefix(file, []byte(pngHead)):
		return "png"
	case len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP":
		return "webp"
	case bytes.Contains(bytes.ToLower(file[:min(len(file), 1024)]), []byte("<svg")):
		return "svg"
	}
	return ""
}

// animated reports whether a PNG or WebP has more than one picture: a chunk acTL, ANIM or
// ANMF, or the mark of it in the head of an extended WebP.
func animated(file []byte) bool {
	if kindOf(file) == "png" {
		return walk(file[len(pngHead):], binary.BigEndian, true, func(name string, _ []byte) bool { return name == "acTL" || name == "fcTL" })
	}
	return walk(file[12:], binary.LittleEndian, false, func(name string, body []byte) bool {
		return name == "ANIM" || name == "ANMF" || name == "VP8X" && len(body) > 0 && body[0]&0x02 != 0
	})
}

// walk goes through the chunks of a file until found says yes or they end: in a PNG the
// length stands before the name and a sum behind the body, in a WebP the other way round
// and bodies are even.
func walk(rest []byte, order binary.ByteOrder, isPNG bool, found func(name string, body []byte) bool) bool {
	for len(rest) >= 8 {
		name, length := string(rest[:4]), uint64(order.Uint32(rest[4:8]))
		after := length + length%2
		if isPNG {
			name, length = string(rest[4:8]), uint64(order.Uint32(rest[:4]))
			after = length + 4
		}
		rest = rest[8:]
		body := rest[:min(length, uint64(len(rest)))]
		if found(name, body) {
			return true
		}
		if name == "IEND" || after > uint64(len(rest)) {
			return false
		}
		rest = rest[after:]
	}
	return false
}
