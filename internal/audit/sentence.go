package audit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An event is told as a sentence: "Wrong code while adding an app", "ada disabled grace".
// What is stored stays a name, a result and details; the words are made here, in one
// place for the log, for lists and for the person whom it is about.

// people is how a sentence calls those it is about.
type people struct {
	// them and their are whom it was done to: "the user" and "the user's", a name, "you" and "your".
	them, their string
	// columns says that names stand beside the sentence, and you that the reader is them.
	columns, you bool
}

// telling makes the sentence of one kind of event. One that begins with a small letter
// begins with a verb, so that the name of the person who did it can stand in front.
type telling func(e Entry, p people) string

// tell returns the sentence of an event; an event of another version is shown by its name.
func tell(e Entry, p people) string {
	t, known := tellings()[e.Event]
	if !known {
		return Words(e.Event)
	}
	if back := e.Detail("reverts"); back != "" {
		return t(e, p) + ", reverting " + back
	}
	return t(e, p)
}

// Sentence tells an event where columns beside it say by whom and about which user, as in
// the audit log.
func Sentence(e Entry) string {
	p := people{them: "the user", their: "the user’s", columns: true}
	if e.ActorID == e.SubjectID && e.ActorName == e.SubjectName {
		p.them, p.their = "themselves", "their"
	}
	return capital(tell(e, p))
}

// SentenceWithNames tells an event for an administrator, with the names of those who did
// something to somebody else.
func SentenceWithNames(e Entry) string {
	if e.OwnAct() {
		return capital(tell(e, people{them: "themselves", their: "their"}))
	}
	p := people{them: "somebody", their: "somebody’s"}
	if e.SubjectName != "" {
		p.them, p.their = e.SubjectName, possessive(e.SubjectName)
	}
	return withActor(ActorName(e), tell(e, p))
}

// SentenceTo tells an event to somebody who did it or to whom it was done. Which
// administrator it was is not said.
func SentenceTo(userID string, e Entry) string {
	p := people{them: "you", their: "your", you: true}
	if e.SubjectID != userID {
		p = people{them: "somebody", their: "somebody’s"}
		if e.SubjectName != "" {
			p.them, p.their = e.SubjectName, possessive(e.SubjectName)
		}
	}
	switch {
	case e.ActorID == userID || e.OwnAct():
		return capital(tell(e, p))
	case e.ActorName == "server":
		return withActor("The server", tell(e, p))
	}
	return withActor("An administrator", tell(e, p))
}

// OwnAct reports whether people did this to themselves, or whether it is an attempt by
// somebody who has not shown who they are.
func (e Entry) OwnAct() bool {
	return e.ActorName == "" || e.ActorName == e.SubjectName && e.ActorID == e.SubjectID
}

// ActorName is what a sentence calls the person who did it.
func ActorName(e Entry) string {
	operator, command := strings.CutPrefix(e.ActorName, "cli:")
	switch {
	case e.ActorID != "":
		return e.ActorName
	case e.ActorName == "server":
		return "The server"
	case command:
		return operator + " on the command line"
	}
	return e.ActorName
}

// withActor puts a name in front of what was done.
func withActor(name, words string) string {
	if first, _ := utf8.DecodeRuneInString(words); name == "" || !unicode.IsLower(first) {
		return capital(words)
	}
	return name + " " + words
}

// capital begins a sentence.
func capital(words string) string {
	if words == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:]
}

func possessive(name string) string {
	if strings.HasSuffix(name, "s") {
		return name + "’"
	}
	return name + "’s"
}
