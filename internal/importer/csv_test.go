package importer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// said is what a report says of each row: its number, its name and what is wrong.
func said(rows []Row) (all []string) {
	for _, r := range rows {
		all = append(all, fmt.Sprintf("%d %s: %s", r.Number, r.Given, strings.Join(r.Problems, " ")))
	}
	return all
}

// TestCSVSeparatorsAndLines reads the same two users however they are written.
func TestCSVSeparatorsAndLines(t *testing.T) {
	t.Parallel()
	const text = "Username;E-Mail;Full name;Password hash\nada;ada@example.org;\"Ada; \"\"L\"\"\";H\n\nbob;;Bob, B;H\n"
	text2 := strings.ReplaceAll(text, "H\n", goodHash+"\n")
	tabs := strings.NewReplacer(`"Ada; ""L"""`, `"Ada; ""L"""`, ";", "\t").Replace(text2)
	commas := strings.NewReplacer(`"Ada; ""L"""`, `"Ada; ""L"""`, "Bob, B", `"Bob, B"`, ";", ",").Replace(text2)
	utf16le, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(tabs)
	utf16be, _ := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text2)
	for name, content := range map[string]string{
		"semicolons": text2, "tabs": tabs, "commas": commas, "CRLF": strings.ReplaceAll(text2, "\n", "\r\n"), "CR": strings.ReplaceAll(text2, "\n", "\r"),
		"sep=;": "sep=;\r\n" + text2, "BOM and sep=;": "\ufeffsep=;\n" + text2, `"sep=;"`: "\"sep=;\"\n" + text2, "SEP tab": "SEP=\t\n" + tabs, "sep=\\t": "sep=\\t\n" + tabs,
		"BOM": "\ufeff" + text2, "two BOMs": "\ufeff\ufeff" + text2, "UTF-16 LE, as Excel's Unicode text": utf16le, "UTF-16 BE": utf16be, "no last line end": strings.TrimSuffix(text2, "\n"),
		"quoted names":  strings.Replace(text2, "Username;E-Mail", `"Username"; "E-Mail"`, 1),
		"empty columns": strings.NewReplacer("hash\n", "hash;;\n", goodHash+"\n", goodHash+";; \n", "\n\n", "\n;;;;;\n").Replace(text2),
	} {
		rows, f, err := stream(content)
		if err != nil || f.Format != FormatCSV {
			t.Errorf("%s: %q, %v", name, f.Format, err)
			continue
		}
		got := said(rows)
		if diff := cmp.Diff([]string{"2 ada: ", "4 bob: "}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
			continue
		}
		if want := `Ada; "L"`; name != "tabs" && rows[0].Name != want || rows[1].Name != "Bob, B" {
			t.Errorf("%s: names %q, %q", name, rows[0].Name, rows[1].Name)
		}
	}
}

// TestCSVBrokenRowsAreBadRows never stops at a row that is broken.
func TestCSVBrokenRowsAreBadRows(t *testing.T) {
	t.Parallel()
	content := "username,name,password_hash\n" +
		"ada,Ada," + goodHash + "\n" +
		"short,x\n" +
		"long,x," + goodHash + ",more\n" +
		"quote,\"open," + goodHash + "\n" +
		"bob,\"Bob\" B," + goodHash + "\n" +
		"bare,x\"y," + goodHash + "\n" +
		"zero,x\x00y," + goodHash + "\n" +
		"huge," + strings.Repeat("x", maxRecord) + "," + goodHash + "\n" +
		"wide," + strings.Repeat("x", maxValue+1) + "," + goodHash + "\n" +
		"lines,\"a\nb\"," + goodHash + "\n" +
		"cleo,Cleo," + goodHash + "\n" +
		"last,\"never closed"
	rows, _, err := stream(content)
	if err != nil {
		t.Fatal(err)
	}
	const quote, control = "A quote is missing or out of place.", "Name must not contain control characters."
	want := []string{
		"2 ada: ", "3 short: The row has 2 values; the header has 3 columns.", "4 long: The row has 4 values; the header has 3 columns.",
		"5 : " + quote, "6 : " + quote, "7 : " + quote, "8 zero: " + control, "9 : The row is longer than 65536 characters.",
		"10 wide: A value is longer than 16384 characters.", "11 lines: " + control, "12 cleo: ", "13 : " + quote,
	}
	if diff := cmp.Diff(want, said(rows)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCSVOfQuotesIsBounded would else read the file once for each of its rows.
func TestCSVOfQuotesIsBounded(t *testing.T) {
	t.Parallel()
	_, _, err := stream("username,name\nada,Ada\n" + strings.Repeat("a,\"b\"c\"\n\"", 50_000))
	if err != nil && !strings.Contains(badFileMessage(t, err), "quote") {
		t.Error(err)
	}
	_, _, err = stream("username,name\nada,Ada\n" + strings.Repeat("\"a,b\n", 50_001))
	if err != nil && !strings.Contains(badFileMessage(t, err), "quote") {
		t.Error(err)
	}
}

// TestOtherEncodingsAreNamed never takes bytes for what they may not be.
func TestOtherEncodingsAreNamed(t *testing.T) {
	t.Parallel()
	const start = "username,name\n"
	for _, c := range []struct{ name, text, want string }{
		{"cp1252", encode(t, charmap.Windows1252, start+"juergen,Jürgen Groß\nrenee,Renée Müller-Lüdenscheidt\n"), "may be Windows-1252 (Latin-1)."},
		{"cp1252 with quotes", encode(t, charmap.Windows1252, start+"juergen,“Jürgen” Groß – €\n"), "may be Windows-1252 (Latin-1)."},
		{"cp1252 with German quotes", encode(t, charmap.Windows1252, start+"zoe,Zoë „Zo“ M.\n"), "may be Windows-1252 (Latin-1)."},
		{"cp1250 with quotes", encode(t, charmap.Windows1250, start+"lukasz,Łukasz „Łuki” Wałęsa\n"), "may be Windows-1250"},
		{"cp1251 with quotes", encode(t, charmap.Windows1251, start+"ivan,Иван «Ваня» Петров – №\n"), "may be Windows-1251"},
		{"one letter", encode(t, charmap.ISO8859_1, start+"zoe,Zoë\n"), "may be Windows-1252 (Latin-1)."},
		{"late", encode(t, charmap.Windows1252, start+strings.Repeat("abc,Abc\n", 20000)+"jose,José\n"), "The first invalid character is in line 20002."},
		{"cp1250", encode(t, charmap.Windows1250, start+"lukasz,Łukasz Wałęsa\n"), "may be Windows-1250"},
		{"cp1251", encode(t, charmap.Windows1251, start+"ivan,Иван Петров\n"), "may be Windows-1251"},
		{"cp1253", encode(t, charmap.Windows1253, start+"giorgos,Γιώργος Παπαδόπουλος\n"), "may be Windows-1253"},
		{"mac", encode(t, charmap.Macintosh, start+"juergen,Jürgen Groß\nrenee,Renée Müller\n"), "may be Mac Roman"},
		{"dos", encode(t, charmap.CodePage850, start+"juergen,Jürgen Müller\njose,José\n"), "may be code page 850"},
		{"sjis", encode(t, japanese.ShiftJIS, start+"taro,山田 太郎\nhanako,佐藤 花子\n"), "may be Shift JIS"},
		{"gb", encode(t, simplifiedchinese.GB18030, start+"zhang,张伟\nli,李娜\n"), "may be GB18030"},
		{"utf16 without BOM", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), start+"ada,Ada\n"), "looks like UTF-16 but"},
		{"utf16be without BOM", encode(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), start+"ada,Ada\n"), "looks like UTF-16 but"},
		{"torn utf16", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), start+"ada,Ada\n") + "x", "says that it is UTF-16, but line 3 is not"},
		{"utf32", encode(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), start+"ada,Ada\n"), "This file is UTF-32."},
		{"xlsx", "PK\x03\x04\x14\x00\x06\x00", "This file is a spreadsheet"},
		{"json", encode(t, charmap.Windows1252, `[{"username":"jose","name":"José"}]`), "may be Windows-1252 (Latin-1)."},
		{"noise", start + "x,\x81\x8d\x8f\x90\x9d\n", "This file is not UTF-8"},
	} {
		_, _, err := stream(c.text)
		if err == nil {
			t.Errorf("%s is read", c.name)
		} else if got := badFileMessage(t, err); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func encode(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestUTF8AcrossReads has characters of all lengths on every place of a buffer.
func TestUTF8AcrossReads(t *testing.T) {
	t.Parallel()
	for shift := range 4 {
		text := "username,name\n" + strings.Repeat("x", shift) + "ada,A\n" + strings.Repeat("bob,aé娜😀\n", 9000)
		rows, _, err := stream(text)
		if err != nil || len(rows) != 9001 || rows[9000].Name != "aé娜😀" {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	}
}

// TestSecretsAreNeverNamed puts secrets where names of columns, of users and of roles
// should be, in each format.
func TestSecretsAreNeverNamed(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		goodHash, "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "pbkdf2_sha256$1000$NaCl$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd",
		"JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "jbswy3dp ehpk3pxp", "otpauth://totp/ada?secret=JBSWY3DPEHPK3PXP", "5f4dcc3b5aa765d61d8327deb882cf99",
		"{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3", "hunter2", "Tr0ub4dor&3", "correct horse battery staple", "ada@example.org", "sesame", "p4ssw0rd",
	} {
		for format, content := range map[string]string{
			"csv":          "username,name,email,phone_number," + quote(secret) + "\nada,,,,\n",
			"headless csv": "user," + quote(secret) + "\nada,x\n",
			"semicolons":   "username;name;email;" + quote(secret) + "\nada;;;;\n",
			"json":         fmt.Sprintf(`[{"username":"ada","department":1,%q:"x"}]`, secret),
			"around":       fmt.Sprintf(`{%q:1,"users":[{"username":"ada"}]}`, secret),
			"role":         "username,role,name\nada," + quote(secret) + ",\n",
		} {
			rows, f, err := stream(content)
			report := fmt.Sprint(f.Columns(), said(rows), err, f.Warnings())
			for _, r := range rows {
				report += fmt.Sprint(r.Notes)
			}
			if strings.Contains(report, secret) {
				t.Errorf("%s: the report says %s", format, report)
			}
		}
	}
	rows, f, err := stream("phone_number,Department,username,name,Last login,address1\n1,2,ada,Ada,x,y\n")
	if got := fmt.Sprint(f.Columns()); err != nil || len(rows) != 1 ||
		got != `[column "phone_number" column "Department" column "username" column "name" column "Last login" column "address1"]` {
		t.Errorf("%s, %v", got, err)
	}
	for _, secret := range []string{goodHash, "JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"} {
		rows, _, err := stream("username,password_hash,email\n" + secret + ",ada,\n")
		if err != nil || len(rows) != 1 || !rows[0].Bad() || strings.Contains(fmt.Sprint(said(rows)), secret) {
			t.Errorf("in the wrong column: %v, %v", said(rows), err)
		}
	}
}

func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

func TestInviteTakesRowsWithoutAPassword(t *testing.T) {
	t.Parallel()
	const content = "username,first name,last name,email,status,password_hash\nada,Ada,Lovelace,ada@example.org,active,\nbob,Bob,,,disabled,\nx y,,,,,\ncleo,,,,employee," + goodHash + "\ndan,,,,deleted,\n"
	for _, invite := range []bool{false, true} {
		f := Stream(strings.NewReader(content))
		f.Invite = invite
		rows, err := collect(f)
		if err != nil || len(rows) != 5 {
			t.Fatal(rows, err)
		}
		if !rows[0].Invite || !rows[1].Invite || rows[2].Invite || rows[3].Invite || rows[4].Invite {
			t.Errorf("to be invited: %+v", rows)
		}
		if rows[0].Bad() == invite || rows[1].Bad() == invite || !rows[2].Bad() || rows[3].Bad() || !rows[4].Bad() {
			t.Errorf("invite %v: %v", invite, said(rows))
		}
		if rows[0].Name != "Ada Lovelace" || rows[1].Name != "Bob" || rows[0].Disabled || !rows[1].Disabled || rows[3].Disabled {
			t.Errorf("%+v", rows)
		}
	}
}

func FuzzFormulaSafe(f *testing.F) {
	for _, text := range []string{"", "=1+1", "'=x", "a,=b", "a;'@x\t\t+", " \"=x", "\t", "plain", "'", "''=="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := FromFormulaSafe(FormulaSafe(text)); got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}
