package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// right is what is right but for mail.
func right(s Serve) Serve {
	s.Addr, s.PasswordHash = ":0", "argon2id:64MiB:3:1"
	return s
}

func TestMail_Server(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	leaked := file("leaked", "smtp://latchkey:hunter2@mail.example")
	if err := os.Chmod(leaked, 0o640); err != nil {
		t.Fatal(err)
	}
	// mounted is a file as Kubernetes mounts it: a link into the folder of a link.
	mounted := func(name string, mode os.FileMode) string {
		target, link := file("..now-"+name, "smtp://latchkey:hunter2@mail.example"), filepath.Join(folder, name)
		err := errors.Join(os.Chmod(target, mode), os.Symlink(".", filepath.Join(folder, "..data-"+name)),
			os.Symlink(filepath.Join("..data-"+name, "..now-"+name), link))
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	odd := func(name, target string) string {
		link := filepath.Join(folder, name)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		return link
	}
	for _, c := range []struct {
		smtp, file, want, refused string
	}{
		{},
		{smtp: "smtp://latchkey:hunter2@mail.example", want: "smtp://mail.example:587"},
		{smtp: "smtps://latchkey:hunter2@mail.example", want: "smtps://mail.example:465"},
		{file: file("good", "smtp://latchkey:hunter2@mail.example:2525\n"), want: "smtp://mail.example:2525"},
		{file: file("empty", " \n"), refused: "--smtp-file: "},
		{file: file("bad", "http://latchkey:hunter2@mail.example"), refused: "--smtp-file: "},
		{file: filepath.Join(folder, "missing"), refused: "--smtp-file: "},
		{file: leaked, refused: "has mode 0640, so others can read it; run chmod 600 "},
		{file: mounted("k8s", 0o400), want: "smtp://mail.example:587"},
		{file: mounted("fsgroup", 0o440), want: "smtp://mail.example:587"},
		{file: mounted("open", 0o444), refused: "has mode 0444, so others can read it"},
		{file: mounted("writable", 0o660), refused: "has mode 0660, so others can read it"},
		{file: mounted("executable", 0o701), refused: "has mode 0701, so others can read it"},
		{file: odd("to-folder", folder), refused: "is a link or not a regular file"},
		{file: odd("to-device", "/dev/null"), refused: "is a link or not a regular file"},
		{file: odd("to-nothing", "nothing"), refused: "is missing"},
		{file: odd("to-itself", "to-itself"), refused: "--smtp-file: looking at file"},
		{file: folder, refused: "is a link or not a regular file"},
		{smtp: "smtp://mail.example", file: file("both", "smtp://mail.example"), refused: "use only one of them"},
		{smtp: "http://latchkey:hunter2@mail.example", refused: "--smtp: "},
		{smtp: "mail.example:587", refused: "--smtp: "},
		{smtp: "smtp://latchkey:hunter2/@mail.example", refused: "--smtp: "},
		{smtp: "smtp://latchkey:hunter2@mail.example/?tls=off", refused: "--smtp: "},
	} {
		got, err := right(Serve{SMTP: c.smtp, SMTPFile: c.file}).Config(true)
		switch {
		case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n")):
			t.Errorf("%+v: %v, want %q on one line without the password", c, err, c.refused)
		case c.refused == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.want == "" && got.Mail != nil || c.want != "" && (got.Mail == nil || got.Mail.String() != c.want):
			t.Errorf("%+v: server %v", c, got.Mail)
		}
	}
}

func TestMail_From(t *testing.T) {
	t.Parallel()
	for from, ok := range map[string]bool{
		"": true, "latchkey@example.com": true, "no-reply@login.example.com": true,
		"example.com": false, "Latchkey <latchkey@example.com>": false, "a@example.com, b@example.com": false, "zoë@example.com": false,
		"a@example.com\r\nBcc: b@example.com": false,
	} {
		got, err := right(Serve{MailFrom: from}).Config(true)
		if (err == nil) != ok || ok && got.MailFrom != from || !ok && !strings.HasPrefix(err.Error(), "--mail-from: ") {
			t.Errorf("%q: %q, %v", from, got.MailFrom, err)
		}
	}
}
