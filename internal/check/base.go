package check

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/config"
	"latchkey/internal/password"
	"latchkey/internal/program"
)

// configuration looks at the flags and variables, which are those of latchkey serve.
func (c *Checker) configuration() {
	if c.Wrong != nil {
		c.add(Finding{Check: "configuration", Result: Broken, Says: sentence(c.Wrong.Error()), Do: "Correct the flag or variable that is named; latchkey serve does not start with it."})
		return
	}
	c.add(Finding{Check: "configuration", Result: OK, Says: "The flags and variables can be used."})
}

// cost is what a hash costs; a check makes none.
func (c *Checker) cost() password.Cost {
	if c.Wrong != nil {
		return password.DefaultCost()
	}
	return c.Config.PasswordCost
}

// folder looks at the data folder and its key, and opens it; nil if it cannot be opened.
func (c *Checker) folder(ctx context.Context) *program.Program {
	if _, _, err := program.OpenFolder(ctx, c.Folder, false); err != nil {
		c.add(Finding{Check: "key", Result: Broken, Says: sentence(err.Error()), Do: "Nothing else can be checked until this works."})
		return nil
	}
	p, err := c.program(ctx)
	if err != nil {
		c.add(Finding{Check: "database", Result: Broken, Says: sentence(err.Error()), Do: "Nothing else can be checked until this works."})
		return nil
	}
	c.key()
	return p
}

// key says that the database opens with the key, and who else can read it.
func (c *Checker) key() {
	for _, path := range []string{c.Folder, program.KeyPath(c.Folder)} {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			c.add(Finding{Check: "key", Result: Weak, Says: fmt.Sprintf("Other users of this machine can reach %s: its mode is %04o.", path, info.Mode().Perm()),
				Do: "Run chmod go= " + path})
			return
		}
	}
	c.add(Finding{Check: "key", Result: OK, Says: "The key is there, and the database was made with it."})
}

// quickCheckFor is how long the pages of the database are looked through, 10 seconds.
const quickCheckFor = 10 * time.Second

// database looks for damage, and for one that was put back.
func (c *Checker) database(ctx context.Context, p *program.Program) {
	quick, cancel := context.WithTimeout(ctx, quickCheckFor)
	defer cancel()
	if err := p.DB.QuickCheck(quick); err != nil {
		c.add(Finding{Check: "database", Result: Broken, Says: sentence(err.Error()), Do: "Restore a backup."})
		return
	}
	if err := p.HeadHeld(); err != nil {
		c.add(Finding{Check: "database", Result: Broken, Says: sentence(err.Error()), Do: "See “An older database” in docs/operating.md."})
		return
	}
	says := "The database can be read, and its audit log goes as far as was noted."
	if p.DB.ReadOnly() {
		c.add(Finding{Check: "database", Result: Weak, Says: says + " It cannot be written from here.", Do: "Run this as the user that the server runs as, on its machine."})
		return
	}
	c.add(Finding{Check: "database", Result: OK, Says: says})
}

// clock compares the clock with the newest row of the audit log, and with a time server if one is named.
func (c *Checker) clock(p *program.Program) {
	var offset time.Duration
	if c.Config.TimeCheck != "" {
		var err error
		if offset, err = program.AskTime(c.Config.TimeCheck); err != nil {
			c.add(Finding{Check: "clock", Result: Weak, Says: sentence(err.Error()), Do: "See whether the network lets NTP through (UDP port 123), or name another server with --time-check."})
			return
		}
	}
	newest, err := p.DB.NewestAuditTime()
	if err != nil {
		c.add(Finding{Check: "clock", Result: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	if wrong := auth.ClockWarnings(time.Now(), newest, offset); len(wrong) > 0 {
		c.add(Finding{Check: "clock", Result: Broken, Says: sentence(strings.Join(wrong, " ")), Do: "Set the clock, and keep it right with NTP."})
		return
	}
	says := "The clock is not behind the audit log."
	if c.Config.TimeCheck == "" {
		c.add(Finding{Check: "clock", Result: OK, Says: says + " No time server was asked; --time-check names one."})
		return
	}
	c.add(Finding{Check: "clock", Result: OK, Says: fmt.Sprintf("%s It differs from %s by %s.", says, c.Config.TimeCheck, offset.Abs().Round(time.Millisecond))})
}

// mail signs in to the mail server, and sends nothing.
func (c *Checker) mail(ctx context.Context, p *program.Program) {
	if p.Instance.Mail == nil {
		if on, err := p.DB.Meta("mail"); err == nil && on == "on" {
			c.add(Finding{Check: "mail", Result: Skipped, Says: "The server sends mail, but this command was not told by way of which mail server.",
				Do: "Give --smtp or --smtp-file, or set LATCHKEY_SMTP, as for latchkey serve."})
			return
		}
		c.add(Finding{Check: "mail", Result: OK, Says: "No mail server is used. Administrators pass links on themselves."})
		return
	}
	if err := p.Instance.Mail.Try(ctx); err != nil {
		c.add(Finding{Check: "mail", Result: Broken, Says: sentence(err.Error()), Do: "Correct --smtp. Until then, mail waits."})
		return
	}
	c.add(Finding{Check: "mail", Result: OK, Says: "The mail server " + p.Instance.Mail.Server.String() + " lets us send as " + p.Instance.Mail.From + "."})
}

// proxied reports whether somebody said which proxies are trusted.
func proxied(c config.Config) bool { return len(c.TrustedProxies) > 0 }

// sentence makes one of an error.
func sentence(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\n", "; "))
	if text == "" {
		return ""
	}
	first := []rune(text)
	if !strings.HasPrefix(text, "--") && !strings.HasPrefix(text, "latchkey.") {
		first[0] = []rune(strings.ToUpper(string(first[0])))[0]
	}
	if text = string(first); !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
