package backup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"latchkey/internal/secret"
)

const (
	// MaxRecipients is for how many recipients an archive is encrypted at most: 20. Each makes
	// its head longer.
	//
	//limit:backups Recipients of a backup
	MaxRecipients = 20
	// maxPassphrase bounds a passphrase file, 4 KiB. What is longer is another file, named by mistake.
	//
	//limit:backups,bytes Size of a passphrase file
	maxPassphrase = 4 << 10
	// maxIdentities bounds a file of identities, 64 KiB. It is room for some 800 of them.
	//
	//limit:backups,bytes Size of a file of age identities
	maxIdentities = 64 << 10
	// hardest is how much work opening a passphrase may take at most: 2^20 steps of scrypt, which
	// take 1 GB of memory and some seconds. An archive is made with 2^18.
	hardest = 20
)

// ageHead is how a file that age has encrypted begins.
const ageHead = "age-encryption.org/"

// Recipients reads age recipients, such as age1…, one each. The error names the one that is none,
// and is a sentence.
func Recipients(all []string) ([]age.Recipient, error) {
	if len(all) > MaxRecipients {
		return nil, fmt.Errorf("%d recipients are too many; name at most %d", len(all), MaxRecipients)
	}
	var recipients []age.Recipient
	for i, text := range all {
		r, err := recipient(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("recipient %d (%.20q) is not an age recipient; it begins with age1 and is what age-keygen -y prints", i+1, text)
		}
		recipients = append(recipients, r)
	}
	return recipients, mixed(all)
}

// recipient reads one; a secret key in its place is no recipient, and stays out of the message
// but for its beginning.
func recipient(text string) (age.Recipient, error) {
	if strings.HasPrefix(text, "age1pq1") {
		return age.ParseHybridRecipient(text)
	}
	return age.ParseX25519Recipient(text)
}

// mixed refuses recipients of which some withstand quantum computers and some do not: age does.
func mixed(all []string) error {
	quantum := 0
	for _, text := range all {
		if strings.HasPrefix(strings.TrimSpace(text), "age1pq1") {
			quantum++
		}
	}
	if quantum > 0 && quantum < len(all) {
		return errors.New("recipients that begin with age1pq1 cannot be mixed with others")
	}
	return nil
}

// PassphraseRecipient encrypts under the passphrase in a file.
func PassphraseRecipient(path string) (age.Recipient, error) {
	text, err := passphrase(path)
	if err != nil {
		return nil, err
	}
	return age.NewScryptRecipient(text)
}

// passphrase reads the first line of a file that nobody else can read.
func passphrase(path string) (string, error) {
	raw, err := secret.ReadMounted("passphrase file", path, maxPassphrase+1)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(raw), "\r\n")
	switch {
	case len(raw) > maxPassphrase:
		return "", fmt.Errorf("passphrase file %s is too long", path)
	case strings.TrimSpace(text) == "":
		return "", fmt.Errorf("passphrase file %s is empty", path)
	case strings.ContainsAny(text, "\r\n"):
		return "", fmt.Errorf("passphrase file %s has more than one line", path)
	}
	return text, nil
}

// Identities reads what opens an archive: files of age identities, and the file of a passphrase,
// "" for none.
func Identities(paths []string, passphrasePath string) (all []age.Identity, err error) {
	for _, path := range paths {
		raw, err := secret.ReadMounted("identity file", path, maxIdentities+1)
		if err != nil {
			return nil, err
		}
		found, err := age.ParseIdentities(bytes.NewReader(raw))
		if err != nil || len(raw) > maxIdentities {
			return nil, fmt.Errorf("identity file %s is not one of age, as age-keygen writes it", path)
		}
		all = append(all, found...)
	}
	if passphrasePath == "" {
		return all, nil
	}
	text, err := passphrase(passphrasePath)
	if err != nil {
		return nil, err
	}
	id, err := age.NewScryptIdentity(text)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(hardest)
	return append(all, id), nil
}

// decrypted is the archive behind its encryption, if it has one.
func decrypted(file *bufio.Reader, identities []age.Identity) (plain io.Reader, encrypted bool, err error) {
	begin, err := file.Peek(len(ageHead))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if string(begin) != ageHead {
		return file, false, nil
	}
	if len(identities) == 0 {
		return nil, true, errEncrypted
	}
	plain, err = age.Decrypt(file, identities...)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return nil, true, errors.New("it is encrypted for somebody else: neither the identity nor the passphrase given opens it")
	}
	if err != nil {
		return nil, true, broken(err, "its encryption cannot be read")
	}
	return plain, true, nil
}
