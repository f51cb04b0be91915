package mailtest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
)

// Message is one that arrived.
type Message struct {
	// Sender and Recipients are of the envelope.
	Sender     string
	Recipients []string
	// From, To and Subject are header fields as a reader sees them: decoded.
	From, To, Subject string
	// Header is all fields, as sent.
	Header mail.Header
	// Text and HTML are the bodies, decoded, with \n at the end of each line.
	Text, HTML string
	// Parts are the header fields of the two bodies, in their order.
	Parts []textproto.MIMEHeader
	// Raw is the whole message as sent.
	Raw string
}

var link = regexp.MustCompile(`https?://[^\s"<>]+`)

// Links returns the addresses that stand on a line of their own in the text, in
// their order. The site's own address in the signature is not among them.
func (m Message) Links() []string {
	var links []string
	for _, line := range strings.Split(m.Text, "\n") {
		if line != "" && link.FindString(line) == line {
			links = append(links, line)
		}
	}
	return links
}

// read takes a message apart with the standard library alone, so that it does not
// share a mistake with what made it.
func read(raw []byte) (Message, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, err
	}
	m := Message{Header: parsed.Header, Raw: string(raw)}
	for field, to := range map[string]*string{"From": &m.From, "To": &m.To, "Subject": &m.Subject} {
		if *to, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get(field)); err != nil {
			return Message{}, fmt.Errorf("%s: %w", field, err)
		}
	}
	kind, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		return Message{}, err
	}
	if kind != "multipart/alternative" {
		m.Text, err = body(parsed.Body, parsed.Header.Get("Content-Transfer-Encoding"))
		return m, err
	}
	return m, m.parts(multipart.NewReader(parsed.Body, parameters["boundary"]))
}

// parts reads the bodies into m.
func (m *Message) parts(reader *multipart.Reader) error {
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		text, err := body(part, part.Header.Get("Content-Transfer-Encoding"))
		if err != nil {
			return err
		}
		m.Parts = append(m.Parts, part.Header)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = text
		} else {
			m.Text = text
		}
	}
}

// body decodes one body.
func body(r io.Reader, encoding string) (string, error) {
	if strings.EqualFold(encoding, "quoted-printable") {
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
