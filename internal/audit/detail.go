package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Detail is one thing that changed, or one thing worth knowing (then Before is
// empty). It never holds a secret.
type Detail struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// EncodeDetails returns the details as one line of JSON, "[]" if there are none.
func EncodeDetails(details []Detail) string {
	if len(details) == 0 {
		return "[]"
	}
	// JSON has no way to write invalid UTF-8; replaced here, it also comes out of
	// DecodeDetails as it went in.
	valid := make([]Detail, len(details))
	for i, d := range details {
		valid[i] = Detail{validText(d.Name), validText(d.Before), validText(d.After)}
	}
	text, err := json.Marshal(valid)
	if err != nil {
		panic(fmt.Sprintf("encode details: %v", err)) // strings always encode
	}
	return string(text)
}

// DecodeDetails reads what EncodeDetails wrote and refuses every other spelling
// of it, since the chain covers the details and not their text: a field added to the
// JSON by hand would otherwise go unnoticed.
func DecodeDetails(text string) ([]Detail, error) {
	var details []Detail
	if err := json.Unmarshal([]byte(text), &details); err != nil {
		return nil, fmt.Errorf("decode details: %w", err)
	}
	if EncodeDetails(details) != text {
		return nil, errors.New("decode details: not as they were written")
	}
	if len(details) == 0 {
		return nil, nil
	}
	return details, nil
}

// validText returns s with U+FFFD for what is not UTF-8.
func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
