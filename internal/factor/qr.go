package factor

import (
	"fmt"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// QR returns a QR code of text as SVG path data, for a viewBox of "0 0 size size":
// one unit is one module, black modules are drawn as horizontal runs, and the quiet
// zone of four modules that readers need is inside the size. Error correction is
// level M. It fails only if the text does not fit, from about 2,300 bytes on.
func QR(text string) (size int, path string, err error) {
	code, err := qrcode.New(text, qrcode.Medium)
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
