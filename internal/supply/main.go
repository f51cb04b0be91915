// Command supply writes down what the program is made of: the licences of all parts, for
// `latchkey version --licences`, and the bill of materials. It is a tool of the
// repository (`make licences`, `make sbom`) and no part of the program.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "supply:", err)
		os.Exit(1)
	}
}

// run does what the first argument says: licences writes their text, compressed, to
// standard output; bill reads the bill of cyclonedx-gomod from standard input and writes
// it with what that tool cannot know.
func run(args []string) error {
	what := ""
	if len(args) == 1 {
		what = args[0]
	}
	parts, err := partsOf(".")
	if err != nil {
		return err
	}
	switch what {
	case "licences":
		text, err := licences(parts)
		if err != nil {
			return err
		}
		return compress(os.Stdout, text)
	case "bill":
		given, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		bill, err := completed(given, parts)
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(bill)
		return err
	}
	return fmt.Errorf("usage: supply licences | bill")
}

// compress writes text as gzip without a name and a time, so that the same text gives the
// same bytes.
func compress(w io.Writer, text string) error {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(z, text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}
