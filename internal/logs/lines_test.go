package logs

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"testing"
)

// TestAV07_LinesCloseWhileRequestsWrite: a request that a stop cut off still writes its line,
// and that neither brings the program down nor loses what was written before.
func TestAV07_LinesCloseWhileRequestsWrite(t *testing.T) {
	t.Parallel()
	for range 20 {
		var out bytes.Buffer
		l := NewLines(&out, LostLines(false))
		var before bytes.Buffer
		for i := range 100 {
			fmt.Fprintf(io.MultiWriter(l, &before), "line %d\n", i)
		}
		var late sync.WaitGroup
		for range 4 {
			late.Go(func() {
				for range 100 {
					io.WriteString(l, "late\n")
				}
			})
		}
		l.Close()
		late.Wait()
		l.done.Wait()
		if !bytes.HasPrefix(out.Bytes(), before.Bytes()) {
			t.Fatalf("what was written before is not all there: %d bytes", out.Len())
		}
	}
}
