// Package mail writes the messages that people get and hands them to a mail
// server.
//
// Compose turns a Kind and its Facts into a Message and is pure. A Message is
// plain data: it may wait in a queue as JSON, and its Lead is also the sentence
// shown when there is no mail server. Sender delivers one message to one address.
//
// Values that a person chose reach a message cleaned (see clean.go); free text of
// people never becomes part of a subject, a link or markup.
package mail

import (
	"html/template"
	"strings"
	"time"
)

// Message is what one person is told. It holds links that give rights, so it is
// kept no longer than it takes to deliver it.
type Message struct {
	// Kind is what the message is about.
	Kind Kind
	// ID is the left part of the Message-ID. A repeated attempt sends the same one,
	// so that mail programs recognise a message delivered twice. Only letters,
	// digits, dots, dashes and underscores, at most 64; else, and if it is empty,
	// Send makes a new one.
	ID string
	// Instance is the name in From, as it was given; Send cleans it.
	Instance string
	// Subject is at most 60 characters and holds nothing that a person chose.
	Subject string
	// Lead is one sentence that says what happened; it is also the notice in the
	// browser.
	Lead string
	// Paragraphs follow Lead. Each is one line.
	Paragraphs []Paragraph
	// Until is when the first link in it stops working; after that there is no use
	// in delivering it. Zero means no limit.
	Until time.Time
}

// Paragraph is a sentence or two, and perhaps an address to go to.
type Paragraph struct {
	// Text has no line break.
	Text string
	// Link is an absolute URL or empty.
	Link string
}

// Text returns the message as plain text, with \n at the end of each line and an
// empty line between paragraphs.
func (m Message) Text() string {
	var b strings.Builder
	b.WriteString(m.Lead + "\n")
	for _, p := range m.Paragraphs {
		b.WriteString("\n" + p.Text + "\n")
		if p.Link != "" {
			b.WriteString(p.Link + "\n")
		}
	}
	return b.String()
}

// page is the HTML form: no image, no style, nothing fetched, so that opening the
// message tells nobody. A link's words are its address, which is what will be
// opened.
var page = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body>
<p>{{.Lead}}</p>
{{range .Paragraphs}}<p>{{.Text}}{{with .Link}}<br><a href="{{.}}">{{.}}</a>{{end}}</p>
{{end}}</body>
</html>
`))

// HTML returns the same sentences and links as Text, every one escaped.
func (m Message) HTML() string {
	var b strings.Builder
	// A strings.Builder takes everything, and the template only reads fields.
	if err := page.Execute(&b, m); err != nil {
		panic("mail: " + err.Error())
	}
	return b.String()
}
