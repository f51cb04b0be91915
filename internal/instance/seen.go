package instance

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/secret"
)

// latchkey check asks a server, through whatever stands in front of it, how its request was
// seen there. The question is signed with a key of the instance, so that nobody else has an
// answer: whether a forged address is believed is nothing to tell strangers.
const (
	// SeenQuestion is the header of the question, and SeenAnswer that of the answer.
	SeenQuestion = "Latchkey-Check"
	SeenAnswer   = "Latchkey-Seen"
	// seenFor is how long a question is answered, 1 minute: long enough for clocks that
	// differ a little.
	seenFor = time.Minute
)

// Seen is how a request reached the server.
type Seen struct {
	IP      string   `json:"ip"` // whom the server takes the request to come from
	URL     string   `json:"url"`
	Version string   `json:"version"`
	Trusted []string `json:"trusted"` // --trusted-proxies
	Newest  string   `json:"newest"`  // the key that is used
	// Troubles are what is wrong with the way, and what to do about each.
	Troubles [][2]string `json:"troubles"`
}

// AskSeen returns the value of SeenQuestion.
func (i *Instance) AskSeen(now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 10)
	return at + " " + i.MAC(secret.PurposeSeen, at)
}

// MayKnowSeen reports whether a question comes from somebody who has the key, and a moment ago.
func (i *Instance) MayKnowSeen(question string, now time.Time) bool {
	at, mac, _ := strings.Cut(question, " ")
	seconds, err := strconv.ParseInt(at, 10, 64)
	return err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= seenFor && i.Verify(secret.PurposeSeen, mac, at)
}

// Encode is the value of SeenAnswer.
func (s Seen) Encode() (string, error) {
	text, err := json.Marshal(s)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// DecodeSeen reads what Encode wrote; ok is false for anything else.
func DecodeSeen(text string) (s Seen, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return s, text != "" && err == nil && json.Unmarshal(raw, &s) == nil
}
