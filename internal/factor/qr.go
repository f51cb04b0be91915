package factor

import (
	"fmt"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// longText is the length in bytes from which a code of level M has more than a
// hundred modules on each side.
const longText = 660

// QR returns a QR code of text as SVG path data, for a viewBox of "0 0 size size":
// one unit is one module, black modules are drawn as horizontal runs, and the quiet
// zone of four modules that readers need is inside the size. Error correction is
// level M, and L for texts so long that fewer and so larger modules help a reader
// more: a screen is not torn or stained. It fails only if the text does not fit, from
// about 2,950 bytes on.
func QR(text string) (size int, path string, err error) {
	level := qrcode.Medium
	if len(text) > longText {
		level = qrcode.Low
	}
	code, err := qrcode.New(text, level)
	if err != nil {
		return 0, "", fmt.Errorf("make a QR code: %w", err)
	}
	modules := code.Bitmap() // with the quiet zone
	var d strings.Builder
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			run := blackRun(row[x:])
			if run > 0 {
				fmt.Fprintf(&d, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	return len(modules), d.String(), nil
}

// blackRun returns how many modules at the start of row are black.
func blackRun(row []bool) int {
	for i, black := range row {
		if !black {
			return i
		}
	}
	return len(row)
}
