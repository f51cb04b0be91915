package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"filippo.io/age"

	"latchkey/internal/app/cli"
	"latchkey/internal/backup"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

// unlocking are the flags that open an encrypted archive.
type unlocking struct {
	Identity       []string `name:"identity" aliases:"identity-file" short:"i" sep:"none" env:"LATCHKEY_IDENTITY" placeholder:"FILE" help:"File with the age identity (AGE-SECRET-KEY-1…) that opens the backup; can be given several times."`
	PassphraseFile string   `name:"passphrase-file" env:"LATCHKEY_PASSPHRASE_FILE" placeholder:"FILE" help:"File with the passphrase of the backup."`
}

// identities reads the files.
func (u unlocking) identities() ([]age.Identity, error) {
	return backup.Identities(u.Identity, u.PassphraseFile)
}

type backupCommand struct {
	unlocking
	File      string   `arg:"" placeholder:"FILE" help:"Backup to write, which must not exist yet, or to check with --verify."`
	Recipient []string `name:"recipient" short:"r" sep:"," env:"LATCHKEY_RECIPIENT" placeholder:"age1…" help:"Encrypt for this age recipient; can be given several times."`
	Verify    bool     `name:"verify" env:"LATCHKEY_VERIFY" help:"Check a backup that was made earlier; it changes nothing."`
}

// Help shows how it is used.
func (backupCommand) Help() string {
	return "It can run while the server does. The copy is opened and checked before it is sealed, and the head of its audit log is printed.\n\n" +
		cli.Examples("backup latchkey.tar", "backup --recipient age1… latchkey.age", "backup --passphrase-file FILE latchkey.age", "backup --verify --identity key.txt latchkey.age")
}

// humble is how far the process steps back behind a server on the same machine (nice).
const humble = 10

// Run makes a backup, or checks one.
func (c backupCommand) Run(r *cli.Run) error {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, humble) // without it others are only slower
	ctx, stop := untilStopped(r.Ctx)
	defer stop()
	if c.Verify {
		return c.check(ctx, r)
	}
	recipients, err := c.recipients()
	if err != nil {
		return err
	}
	p, err := r.Open(program.Options{})
	if err != nil {
		return err
	}
	err = c.make(ctx, r, p, recipients)
	return stopped(ctx, errors.Join(err, p.Close()))
}

// recipients is for whom it is encrypted; nobody, if it is not.
func (c backupCommand) recipients() ([]age.Recipient, error) {
	switch {
	case len(c.Identity) > 0:
		return nil, cli.UsageError(errors.New("--identity opens a backup; name --recipient to encrypt one"))
	case c.PassphraseFile != "" && len(c.Recipient) > 0:
		return nil, cli.UsageError(errors.New("--recipient and --passphrase-file cannot be combined; age allows only one of them"))
	case c.PassphraseFile != "":
		one, err := backup.PassphraseRecipient(c.PassphraseFile)
		return []age.Recipient{one}, err
	}
	all, err := backup.Recipients(c.Recipient)
	if err != nil {
		return nil, cli.UsageError(fmt.Errorf("--recipient: %w", err))
	}
	return all, nil
}

func (c backupCommand) make(ctx context.Context, r *cli.Run, p *program.Program, recipients []age.Recipient) error {
	show, end := cli.Progress[int](r, "% of the backup done")
	by := cli.AuditBase(time.Now())
	made, err := backup.Make(ctx, backup.Source{DB: p.DB, Folder: p.Folder, Version: r.Version, Cores: runtime.NumCPU()}, c.File, recipients, by.At, show)
	end()
	if err == nil {
		err = backup.Record(p.DB, by, made, c.Recipient)
	}
	if err != nil {
		return err
	}
	if !made.Encrypted {
		fmt.Fprintf(r.Stderr, "latchkey: %s holds the key in the clear: whoever can read it can read everything; encrypt with --recipient or --passphrase-file\n", cli.OneLine(c.File))
	}
	_, err = fmt.Fprintf(r.Stdout, "%s: %s, %s\n", cli.OneLine(c.File), size(made.Bytes), found(made.Copied))
	return err
}

// check looks through an archive.
func (c backupCommand) check(ctx context.Context, r *cli.Run) error {
	if len(c.Recipient) > 0 {
		return cli.UsageError(errors.New("--recipient encrypts a backup; name --identity to open one"))
	}
	identities, err := c.identities()
	if err != nil {
		return err
	}
	v, err := backup.Verify(ctx, c.File, identities, cli.AuditBase(time.Now()))
	if err != nil {
		return stopped(ctx, err)
	}
	_, err = fmt.Fprintf(r.Stdout, "%s: made on %s by version %s, %s, %s\n", cli.OneLine(c.File), cli.Minute(v.Made), cli.OneLine(v.Version), size(v.Bytes), found(v.Copied))
	return err
}

// size is a size as people read it.
func size(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// found says what is in an archive.
func found(c store.Copied) string {
	users := "1 user"
	if c.Users != 1 {
		users = fmt.Sprintf("%d users", c.Users)
	}
	head := "The audit log is empty."
	if c.HeadSeq > 0 {
		head = "Head: " + c.Head()
	}
	return fmt.Sprintf("schema %d, %s. The database is whole and its audit log unbroken. %s", c.Schema, users, head)
}

type restoreBackupCommand struct {
	unlocking
	File string `arg:"" placeholder:"FILE" help:"Backup to restore."`
}

// Help shows how it is used.
func (restoreBackupCommand) Help() string {
	return "The data folder must be empty or missing. Everyone is signed out, and links and codes from before no longer work.\n\n" +
		cli.Examples("restore --data /var/lib/latchkey latchkey.tar", "restore --data /var/lib/latchkey --identity key.txt latchkey.age")
}

// Run restores a backup into the data folder.
func (c restoreBackupCommand) Run(r *cli.Run) error {
	ctx, stop := untilStopped(r.Ctx)
	defer stop()
	identities, err := c.identities()
	if err != nil {
		return err
	}
	target := backup.Target{Folder: r.Data, Database: r.Database}
	if r.Database != "" {
		show, end := cli.Progress[int](r, "percent copied")
		defer end()
		target.Show = show
	}
	done, err := backup.Restore(ctx, target, c.File, identities, cli.AuditBase(time.Now()))
	if err != nil {
		return stopped(ctx, err)
	}
	fmt.Fprintf(r.Stdout, "Restored into %s, as it was on %s: %s\n", cli.OneLine(r.Data), cli.Minute(done.Made), found(done.Copied))
	fmt.Fprintln(r.Stdout, "Everyone was signed out. Links, codes and remembered browsers from before no longer work, and people are asked to make new recovery codes.")
	for _, stream := range done.Refill {
		fmt.Fprintf(r.Stdout, "If the stream %s has newer events, run this before the server starts: latchkey events refill %s --data %s\n", cli.OneLine(stream), cli.OneLine(stream), cli.OneLine(r.Data))
	}
	return nil
}

// untilStopped ends the work when somebody stops the command, so that it can clean up.
func untilStopped(ctx context.Context) (context.Context, func()) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}

// stopped says so in place of the error that it makes.
func stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.New("stopped; nothing was kept")
	}
	return err
}
