package importer

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/internal/importer/tutorial"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
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
		"wide," + strings.Repeat("x", tutorial.MaxValue+1) + "," + goodHash + "\n" +
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

func TestCSV(t *testing.T) {
	t.Parallel()
	content := "\ufeffusername,name,email,role,disabled,password_hash,otp_secret\r\n" +
		"Ada,\"Ada, \"\"L\"\"\u00e9\",ada@example.org,admin,false," + goodHash + ",JBSWY3DPEHPK3PXP\r\n" +
		"\r\nbob,,,,yes," + goodHash + ",\r\n"
	rows, err := readAll(write(t, "x.csv", content), FormatCSV)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(twoUsers(2, 4), rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestCSVRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	const headless = "The first row does not name the columns. Put a header row above the users, for example: username,name,email,role"
	for content, want := range map[string]string{
		"":                               "The file is empty.",
		"\n \r\n\r":                      "The file is empty.",
		"sep=;":                          "The file is empty.",
		"sep=|\nusername|email\n":        "The first line names a separator we do not support. Separate values with commas, semicolons or tabs.",
		"username,dissabled\nada,1\n":    `The column "dissabled" looks like a misspelt disabled. Fix its name, or leave the column out.`,
		"username,otp_secert\nada,1\n":   `The column "otp_secert" looks like a misspelt otp_secret. Fix its name, or leave the column out.`,
		"username,name,email,d1sabled\n": `The column 4 looks like a misspelt disabled. Fix its name, or leave the column out.`,
		"name,email\n":                   "The header row has no column for the username. Name one of them username.",
		"username,email,username\n":      `The header row has "username" twice.`,
		"username,email,login\n":         `The header row has two columns with the same meaning: "username" and "login".`,
		"username,disabled,active\n":     `The header row has two columns with the same meaning: "disabled" and "active".`,
		"username,name,id" + strings.Repeat(",id", 200): "The file has more than 200 columns.",
		"username,\"name\nada,x\n":                      "The header row is not valid CSV: a quote is missing or out of place.",

		"user,$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234,JBSWY3DPEHPK3PXP\n": headless,
		"user,Ada Lovelace,ada@example.org\n":                                                  headless,
		"user,Ada Lovelace,sesame\nbob,Bob,tulip\n":                                            headless,
		"user,User,hunter2\n":                                                                  headless,
		"login,otpauth://totp/x?secret=JBSWY3DPEHPK3PXP\n":                                     headless,
		"username,name,email,role,JBSWY3DPEHPK3PXP\nada,,,,x\n":                                headless,
		"username,name,email,role,5f4dcc3b5aa765d61d8327deb882cf99":                            headless,
		"user,true\n":              headless,
		"user,4711\n":              headless,
		strings.Repeat("x", 70000): headless,
	} {
		_, err := readAll(write(t, "x.csv", content), FormatCSV)
		if got := badFileMessage(t, err); got != want {
			t.Errorf("%.60q: %q, want %q", content, got, want)
		}
	}
}

func TestCSVNumbersAreThoseOfASpreadsheet(t *testing.T) {
	t.Parallel()
	rows, err := readAll(write(t, "x.csv", "name,username,password_hash\n\"a\nb\",ada,"+goodHash+"\nc,bob,"+goodHash+"\n"), FormatCSV)
	if err != nil || len(rows) != 2 || rows[0].Number != 2 || rows[1].Number != 3 {
		t.Errorf("%+v, %v", rows, err)
	}
	if !rows[0].Bad() || rows[1].Bad() {
		t.Error("a line break in a name is not found")
	}
}
