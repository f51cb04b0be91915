package check

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"latchkey/internal/config"
	"latchkey/internal/keys"
	"latchkey/internal/password"
	"latchkey/internal/program"
)

// configuration looks at the flags and variables, which are those of latchkey serve.
func (c *Checker) configuration() {
	if c.Wrong != nil {
		c.add(Finding{ID: "configuration", Level: Broken, Says: sentence(c.Wrong.Error()), Do: "Correct the flag or variable that is named; latchkey serve does not start with it."})
		return
	}
	if u := c.Config.URL; u != nil && u.Scheme == "http" && !isLocal(u.Hostname()) {
		c.add(Finding{ID: "configuration.http", Level: Weak, Says: fmt.Sprintf("People reach %s without TLS, so passwords and codes can be read on the way.", u),
			Do: "Put a proxy with TLS in front, and give --url with https://."})
	}
	c.add(Finding{ID: "configuration", Level: Fine, Says: "The flags and variables can be used."})
}

// isLocal reports whether a host is this machine by its name.
func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
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
	if err := c.openRing(ctx); err != nil {
		c.add(Finding{ID: "key", Level: Broken, Says: sentence(err.Error()), Do: "Nothing else can be checked until this works."})
		return nil
	}
	p, err := c.program(ctx)
	if err != nil {
		c.add(Finding{ID: "database", Level: Broken, Says: sentence(err.Error()), Do: "Nothing else can be checked until this works."})
		return nil
	}
	c.key()
	return p
}

// openRing looks whether the key is there, and the database beside it that is a file.
func (c *Checker) openRing(ctx context.Context) (err error) {
	if c.Database != "" {
		_, err = program.NodeRing(c.Folder)
		return err
	}
	_, _, err = program.OpenFolder(ctx, c.Folder, false)
	return err
}

// key says that the database opens with the key, and who else can read it.
func (c *Checker) key() {
	for _, path := range []string{c.Folder, program.KeyPath(c.Folder)} {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			c.add(Finding{ID: "key.mode", Level: Weak, Says: fmt.Sprintf("Other users of this machine can reach %s: its mode is %04o.", path, info.Mode().Perm()),
				Do: "Run chmod go= " + path})
		}
	}
	left, err := fs.Glob(os.DirFS(c.Folder), ".latchkey.key-*") // fails for a bad pattern only; the folder's name may have a bracket in it
	if err == nil && len(left) > 0 {
		c.add(Finding{ID: "key.leftover", Level: Weak, Says: fmt.Sprintf("A rotation that was cut off has left a copy of the keys in %s.", filepath.Join(c.Folder, left[0])), Do: "Run latchkey keys rotate, which removes it, or remove it."})
	}
	c.add(Finding{ID: "key", Level: Fine, Says: "The key is there, and the database was made with it."})
}

// keys says what is under which key.
func (c *Checker) keys(ctx context.Context, p *program.Program) {
	unnoted, err := keys.Unnoted(p.Instance)
	if err != nil {
		c.add(Finding{ID: "key.under", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	if known, err := p.DB.EncryptionKeys(); err == nil && unnoted != "" && len(known) > 0 {
		c.add(Finding{ID: "key.rotation", Level: Weak, Says: "The newest key in the key file is not noted in the database: a rotation was cut off.", Do: "Run latchkey keys rotate, which finishes it."})
	}
	quick, cancel := context.WithTimeout(ctx, countFor)
	defer cancel()
	all, err := keys.List(quick, p.Instance)
	switch {
	case err != nil && quick.Err() != nil:
		c.add(Finding{ID: "key.under", Level: NotAsked, Says: fmt.Sprintf("What is under which key could not be counted within %s.", countFor), Do: "Run latchkey keys list."})
	case err != nil:
		c.add(Finding{ID: "key.under", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
	default:
		c.under(all)
	}
}

// under judges what is under which key.
func (c *Checker) under(all keys.Listed) {
	var lost, old int64
	for _, n := range all.Lost {
		lost += n
	}
	for _, k := range all.Keys {
		if !k.Newest {
			old += k.Sealed()
		}
	}
	if lost > 0 {
		c.add(Finding{ID: "key.under", Level: Broken, Says: counted(lost, "value is", "values are") + " under a key that is not in the key file, so nothing opens or verifies them.",
			Do: "Put back the key file that has the key, from a backup; latchkey keys list shows what is under it."})
		return
	}
	if old > 0 {
		c.add(Finding{ID: "key.under", Level: Weak, Says: counted(old, "value is", "values are") + " still sealed under an older key.", Do: "Run latchkey keys rekey."})
		return
	}
	c.add(Finding{ID: "key.under", Level: Fine, Says: "Everything that is sealed is under the newest key."})
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
